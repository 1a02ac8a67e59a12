import type { Progress } from '../task-event.js';

/** Lets one report pass every `intervalMs` and keeps the latest of those between for the end of the interval. */
export interface ProgressThrottle {
  report(progress: Progress): void;
  /** Sends what is kept and waits for everything sent. */
  flush(): Promise<void>;
}

/** `send` is never called twice at the same time and must not reject. */
export function createProgressThrottle(
  send: (progress: Progress) => Promise<void>,
  intervalMs: number,
): ProgressThrottle {
  let kept: Progress | null = null;
  let timer: NodeJS.Timeout | null = null;
  let sending = Promise.resolve();

  function sendKept(): void {
    const progress = kept;
    kept = null;
    if (progress) sending = sending.then(() => send(progress));
  }

  function onInterval(): void {
    timer = null;
    if (!kept) return;
    timer = setTimeout(onInterval, intervalMs);
    sendKept();
  }

  return {
    report(progress) {
      kept = progress;
      if (timer) return;
      timer = setTimeout(onInterval, intervalMs);
      sendKept();
    },
    async flush() {
      if (timer) clearTimeout(timer);
      timer = null;
      sendKept();
      await sending;
    },
  };
}
