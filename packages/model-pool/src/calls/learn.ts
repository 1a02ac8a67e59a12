import type { ModelRuntime } from '../residency/runtime.js';
import { longestPauseMs } from '../routing/retry.js';
import type { AttemptOutcome } from './attempt.js';
import type { PoolParts } from './pool-parts.js';

/** Failures that count against the server. */
const serverFaults: ReadonlySet<string> = new Set(['backend-down', 'first-token-timeout', 'stalled', 'stream-broken']);

/** Tells the owners of the server and of the model how an attempt went. */
export function learnFrom(
  { monitors, loop, lanes }: PoolParts,
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
  if (error.code === 'overloaded' && error.retryAfterMs !== null && error.retryAfterMs > 0) {
    monitor?.pause(Math.min(longestPauseMs, error.retryAfterMs));
    lanes.scheduler.paused();
  }
  if (serverFaults.has(error.code)) monitor?.failed(error);
  if (error.code === 'model-missing') {
    runtime.setInstalled(false, null);
    monitor?.forgetList();
  }
  if (error.code === 'load-failed' && end.timing.prefillMs !== null) runtime.runnerDied();
  runtime.doubt(error.code);
  loop.wake();
}
