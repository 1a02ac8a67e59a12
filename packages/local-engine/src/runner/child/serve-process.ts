import { randomUUID } from 'node:crypto';
import type { FromRunner, ToRunner } from '../protocol.js';
import { importRuntime } from './runtime.js';
import { type RunnerHost, serveRunner } from './serve.js';
import { systemThreadMeter } from './thread-meter.js';

/** Serves the process that forked this one. @param overrides for children that misbehave on purpose */
export function serveProcess(overrides: Partial<RunnerHost> = {}): void {
  process.on('disconnect', () => process.exit(0)); // the parent is gone
  process.on('SIGINT', () => {}); // Ctrl+C reaches the whole foreground group; the parent decides
  serveRunner({
    send: (message: FromRunner) => {
      if (process.connected) process.send?.(message);
    },
    onMessage: (listener) => process.on('message', (message: ToRunner) => listener(message)),
    importRuntime,
    residentBytes: () => process.memoryUsage.rss(),
    meter: systemThreadMeter,
    createId: () => `call_${randomUUID().slice(0, 8)}`,
    ...overrides,
  });
}
