import { follow } from '../abort.js';
import type { Clock } from '../types.js';
import { timedOut } from '../wire/failure.js';
import type { Link } from './link.js';

/** Ends the whole call, waits between attempts included, after `totalMs`. */
export function totalTimeout(clock: Clock): Link {
  return (next) => async (operation) => {
    const controller = new AbortController();
    const release = follow(controller, [operation.signal]);
    const { totalMs } = operation;
    const cancel = clock.after(totalMs, () => controller.abort(timedOut(totalMs, operation)));
    try {
      return await next({ ...operation, signal: controller.signal, deadlineAtMs: clock.now() + totalMs });
    } finally {
      cancel();
      release();
    }
  };
}

/** Ends one attempt after `timeoutMs` without an answer; each progress starts the time anew. */
export function attemptTimeout(clock: Clock): Link {
  return (next) => async (operation) => {
    const controller = new AbortController();
    const release = follow(controller, [operation.signal]);
    const { timeoutMs, onProgress } = operation;
    const start = () => clock.after(timeoutMs, () => controller.abort(timedOut(timeoutMs, operation)));
    let cancel = start();
    const restarting: typeof onProgress = (progress) => {
      cancel();
      cancel = start();
      onProgress?.(progress);
    };
    try {
      return await next({ ...operation, signal: controller.signal, onProgress: onProgress && restarting });
    } finally {
      cancel();
      release();
    }
  };
}
