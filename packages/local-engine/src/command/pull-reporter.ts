import { memorySize } from '../memory/available.js';
import type { PullEvent } from '../pull/events.js';
import type { Printer } from './printer.js';

/** Tells on the terminal how far a pull is. */
export function pullReporter(printer: Printer): (event: PullEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'source-start':
        return printer.note(`trying ${event.source}`);
      case 'source-error':
        return printer.note(`${event.failure.source}: ${event.failure.code}: ${event.failure.message}`);
      case 'progress':
        return printer.progress(share(event.doneBytes, event.totalBytes));
      case 'verify':
        return printer.progress('verifying');
      case 'manifest':
        return;
    }
  };
}

/** `12.0 MiB of 93.8 MiB (12 %)`. */
export const share = (doneBytes: number, totalBytes: number): string =>
  `${memorySize(doneBytes)} of ${memorySize(totalBytes)} (${Math.floor((100 * doneBytes) / totalBytes)} %)`;
