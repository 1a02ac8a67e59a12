import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.js';
import type { GatewayLink } from '../gateway/gateway-link.js';
import { serversDown } from '../gateway/runtime.js';

/** What the gateway gets. */
export interface HandedOver {
  readonly prompt: string;
  readonly priority: number | null;
  readonly maxTimeMs: number | null;
  /** Equal keys never make two tasks, so that the call may be sent again. */
  readonly key: string;
  /** Nobody waits for it. */
  readonly detach: boolean;
}

const tries = 8;
const retryMs = 400;
/** How long an answer is waited for after an interrupt: without the id the task cannot be cancelled. */
const graceMs = 3_000;

/**
 * Hands a task over and resolves with its id. A gateway that is being restarted is tried again, under the same key.
 *
 * @throws {@link CommandError}; the signal's reason if no answer came in time after its abort
 */
export async function handOver(
  link: GatewayLink,
  { prompt, priority, maxTimeMs, key, detach }: HandedOver,
  signal: AbortSignal,
): Promise<string> {
  const args = {
    prompt,
    ...(priority === null ? {} : { priority }),
    ...(maxTimeMs === null ? {} : { maxTimeMs }),
    ...(detach ? { acknowledge: false } : {}), // nobody would read it
  };
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const gateway = await link.connect();
      if (!gateway) throw serversDown();
      const call = gateway.call<{ taskId: string }>('submit_task', args, { idempotencyKey: key, timeoutMs: 30_000 });
      return (await settleSoon(call, signal)).taskId;
    } catch (error) {
      const isPassing = error instanceof CommandError && error.envelope.retryable && !signal.aborted;
      if (!isPassing || attempt === tries) throw error;
      link.forget();
      await sleep(error.envelope.retryAfterMs ?? retryMs * attempt, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** The answer, or after an abort the signal's reason unless the answer comes within the grace. */
async function settleSoon<Answer>(call: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const tooLate = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), graceMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([call, tooLate]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
