export { type ManualClock, manualClock } from './clock.js';
export { type TemporaryDatabase, temporaryDatabase } from './database.js';
export { type TemporaryFolder, temporaryFolder } from './folder.js';
export { seededRandom } from './random.js';
export { until } from './until.js';
