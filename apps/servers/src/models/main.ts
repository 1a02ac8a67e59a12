import { runServer } from '../server/run-server.js';
import { composeModels } from './compose.js';

await runServer(composeModels);
