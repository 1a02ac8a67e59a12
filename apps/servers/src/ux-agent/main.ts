import { runServer } from '../server/run-server.js';
import { composeUxAgent } from './compose.js';

await runServer(composeUxAgent);
