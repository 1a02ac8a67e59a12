import type { ModelPoolError } from '../errors.js';
import type { ModelRuntime } from '../residency/runtime.js';
import { longestPauseMs } from '../routing/retry.js';
import type { AttemptOutcome } from './attempt.js';
import type { PoolParts } from './pool-parts.js';

/** Failures that count against the server. */
const serverFaults: ReadonlySet<string> = new Set(['backend-down', 'first-token-timeout', 'stalled', 'stream-broken']);

/** Tells the owner of the server of a failure, `tookMs` after it was asked; before the place is free, so that who comes next knows. */
export function blameServer(
  { monitors, lanes }: PoolParts,
  { backend }: ModelRuntime,
  error: ModelPoolError,
  tookMs: number,
): void {
  const monitor = monitors.get(backend.name);
  if (error.code === 'overloaded' && error.retryAfterMs !== null && error.retryAfterMs > 0) {
    monitor?.pause(Math.min(longestPauseMs, error.retryAfterMs));
    lanes.scheduler.paused();
  }
  if (serverFaults.has(error.code)) monitor?.failed(error, tookMs);
}

/** Tells the owners of the server and of the model how an attempt went. */
export function learnFrom(
  { monitors, loop }: PoolParts,
  runtime: ModelRuntime,
  { error, end }: AttemptOutcome,
  isStopped: boolean,
): void {
  const monitor = monitors.get(runtime.backend.name);
  if (error === null) {
    monitor?.succeeded();
    return;
  }
  if (isStopped || error.code === 'aborted' || error.code === 'refused') {
    if (end.timing.prefillMs !== null) runtime.left();
    return;
  }
  // Nobody would find out that a server which is not looked at has it by now: the next call asks it again.
  if (error.code === 'model-missing' && runtime.backend.traits.isProbed) {
    runtime.setInstalled(false, null);
    monitor?.forgetList();
  }
  if (error.code === 'load-failed' && end.timing.prefillMs !== null) runtime.runnerDied();
  runtime.doubt(error.code);
  loop.wake();
}
