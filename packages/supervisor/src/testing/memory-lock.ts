import { SupervisorError } from '../errors.js';
import type { Lock } from '../types.js';

/** A lock that guards supervisors of one process against each other; for tests and examples. */
export function memoryLock(): Lock {
  let isHeld = false;
  return {
    acquire() {
      if (isHeld) {
        const holder = { pid: process.pid, command: null };
        throw new SupervisorError('locked', `process ${process.pid} holds the lock`, { retryable: true, holder });
      }
      isHeld = true;
      return () => {
        isHeld = false;
      };
    },
  };
}
