import type { FromRunner, ToRunner } from '../protocol.js';
import { importRuntime } from './runtime.js';
import { serveRunner } from './serve.js';

// Runs when it is imported in a forked process; elsewhere there is nobody to talk to.
if (process.send) {
  process.on('disconnect', () => process.exit(0)); // the parent is gone
  process.on('SIGINT', () => {}); // Ctrl+C reaches the whole foreground group; the parent decides
  serveRunner({
    send: (message: FromRunner) => {
      if (process.connected) process.send?.(message);
    },
    onMessage: (listener) => process.on('message', (message: ToRunner) => listener(message)),
    importRuntime,
    residentBytes: () => process.memoryUsage.rss(),
  });
}
