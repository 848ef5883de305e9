// Starts Azurite and waits to be killed.
import { startAzurite } from '../../../src/local/azurite/start-azurite.ts';

const { connectionString, pid } = await startAzurite({ folder: process.argv[2] ?? '' });
process.send?.({ connectionString, pid });
setInterval(() => {}, 60_000);
