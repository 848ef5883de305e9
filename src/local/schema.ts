// `npm run schema`: writes the JSON Schemas of the messages. A test holds the files to the code.
import { writeFileSync } from 'node:fs';
import { replicaEventJsonSchema } from '../adapters/service-bus/replica-event.ts';
import { replicationEventJsonSchema } from '../adapters/service-bus/replication-event.ts';

const schemas = {
  'replication-event.schema.json': replicationEventJsonSchema(),
  'replica-event.schema.json': replicaEventJsonSchema(),
};

for (const [name, text] of Object.entries(schemas)) {
  const file = new URL(`../../docs/${name}`, import.meta.url);
  writeFileSync(file, text);
  console.log(`wrote ${file.pathname}`);
}
