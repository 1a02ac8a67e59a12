import { runServer } from '../server/run-server.js';
import { composeGateway } from './compose.js';

await runServer(composeGateway);
