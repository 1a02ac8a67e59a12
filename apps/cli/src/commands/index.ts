// One module for all bodies: a process that lives for a tenth of a second pays for each file that it loads. What is heavy
// (schemas, SQLite) is imported where it is used.
export { createContext } from '../context.js';
export { reportFailure } from '../failure.js';
export { createPrinter } from '../printer.js';
export { describeSystemError } from '../system-error.js';
export { cancel } from './cancel.js';
export { deleteSecret, listSecrets, setSecret } from './config-secret.js';
export { list } from './list.js';
export { logs } from './logs.js';
export { modelsInMemory, modelsInstalled } from './models.js';
export { modelsEndpoint } from './models-endpoint.js';
export { explainCall } from './models-explain.js';
export { loadModel, pinModel, unloadModel } from './models-manage.js';
export { pullModel } from './models-pull.js';
export { modelsResidency } from './models-residency.js';
export { showModel } from './models-show.js';
export { testModels } from './models-test.js';
export { restartServers } from './servers-restart.js';
export { startServers } from './servers-start.js';
export { serversStatus } from './servers-status.js';
export { stopServers } from './servers-stop.js';
export { status } from './status.js';
export { submit } from './submit.js';
export { tokens } from './tokens.js';
