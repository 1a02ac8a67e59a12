// Main module of the child process that holds one model.
import '../../../../packages/local-engine/src/runner/child/main.js';
