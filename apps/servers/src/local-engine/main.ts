import { runServer } from '../server/run-server.js';
import { composeLocalEngine } from './compose.js';

await runServer(composeLocalEngine);
