// `npm run schema`: writes the JSON Schema of the messages. A test holds the file to the code.
import { writeFileSync } from 'node:fs';
import { replicationEventJsonSchema } from '../adapters/service-bus/replication-event.ts';

const file = new URL('../../docs/replication-event.schema.json', import.meta.url);
writeFileSync(file, replicationEventJsonSchema());
console.log(`wrote ${file.pathname}`);
