export { sampleEnvelope, sampleTaskView } from './samples.js';
