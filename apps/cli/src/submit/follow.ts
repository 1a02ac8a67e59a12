import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.js';
import type { GatewayLink } from '../gateway/gateway-link.js';
import { monotonicMs } from '../monotonic.js';
import type { StreamEvent } from './stream-event.js';

/** How a task is followed. */
export interface FollowOptions {
  readonly link: GatewayLink;
  readonly onEvent: (event: StreamEvent) => void;
  /** Told before each wait for another try. */
  readonly onRetry: (delayMs: number) => void;
  readonly signal: AbortSignal;
  /** Silence after which following ends. @defaultValue 60,000 */
  readonly giveUpMs?: number;
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/** Wait before try number `attempt` (from 1) to reach the gateway again. */
export function reconnectDelay(attempt: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
}

/**
 * Hands over the events of a task until it has ended. A lost connection is made again, and the stream goes on after the last event
 * seen.
 *
 * @throws {@link CommandError} `connection-lost` when the gateway stays away; the signal's reason
 */
export async function followTask(taskId: string, options: FollowOptions): Promise<void> {
  const { link, onEvent, onRetry, signal, giveUpMs = 60_000, now = monotonicMs } = options;
  const pause = options.sleep ?? ((ms, stop) => sleep(ms, undefined, { signal: stop }));
  let after = 0;
  let attempt = 0;
  let lastSeenMs = now();
  for (;;) {
    signal.throwIfAborted();
    try {
      const gateway = await link.connect();
      if (gateway) {
        const path = `/v1/events?after=${after}&task=${encodeURIComponent(taskId)}`;
        for await (const wire of gateway.events(path, { signal })) {
          const event = wire as unknown as StreamEvent;
          attempt = 0;
          lastSeenMs = now();
          if ('seq' in event && typeof event.seq === 'number') after = Math.max(after, event.seq);
          onEvent(event);
          if (event.type === 'task-end') return;
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CommandError) || !error.envelope.retryable) throw error;
    }
    if (now() - lastSeenMs > giveUpMs && attempt > 0) {
      throw new CommandError(
        'connection-lost',
        'The gateway does not come back. The task is stored and goes on with it.',
        {
          retryable: true,
          hint: `tale servers start, then tale status ${taskId.slice(-6)}`,
          details: { taskId },
        },
      );
    }
    link.forget();
    attempt += 1;
    const delayMs = reconnectDelay(attempt);
    onRetry(delayMs);
    await pause(delayMs, signal).catch(() => signal.throwIfAborted());
  }
}
