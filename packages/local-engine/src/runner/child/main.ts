import { serveProcess } from './serve-process.js';

// Runs when it is imported in a forked process; elsewhere there is nobody to talk to.
if (process.send) serveProcess();
