import { runServer } from '../server/run-server.js';
import { composeExecution } from './compose.js';

await runServer(composeExecution);
