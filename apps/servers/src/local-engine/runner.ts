// Main module of the child process that holds one model.
import '@tale/local-engine/runner';
