import assert from 'node:assert/strict';
import { ModelPoolError } from '../../../errors.js';
import type { CallEvent } from '../../../events.js';
import type { CallEnd, CallRequest } from '../../../types.js';
import { type CallPort, endsOf, textOf } from '../call/call-case.js';

/** How a call went. */
export interface PlayedCall {
  /** Why it failed; `null` = it did not. */
  readonly error: ModelPoolError | null;
  /** Its last event, where one was seen. */
  readonly end: CallEnd | null;
  /** Its text; of a collected call only where it was answered. */
  readonly text: string;
}

/** When the caller leaves: at an event, or after a while. */
function chooseLeaving(random: () => number): { readonly atEvent: number } | { readonly afterMs: number } {
  return random() < 0.5 ? { atEvent: Math.floor(random() * 8) } : { afterMs: random() * 40 };
}

/**
 * Makes a call, streamed or collected; with `random` the caller leaves at a random point. Rejects where the call fails with
 * anything but an error of the package.
 */
export async function playCall(
  pool: CallPort,
  request: CallRequest,
  isCollected: boolean,
  random: (() => number) | null,
): Promise<PlayedCall> {
  const controller = new AbortController();
  const leaving = random === null ? null : chooseLeaving(random);
  const timer =
    leaving !== null && ('afterMs' in leaving || isCollected)
      ? setTimeout(() => controller.abort(), 'afterMs' in leaving ? leaving.afterMs : leaving.atEvent)
      : undefined;
  const events: CallEvent[] = [];
  try {
    const signalled = { ...request, signal: controller.signal };
    if (isCollected) {
      const { text, end } = await pool.generate(signalled);
      return { error: null, end, text };
    }
    for await (const event of pool.call(signalled)) {
      events.push(event);
      if (leaving !== null && 'atEvent' in leaving && events.length > leaving.atEvent) controller.abort();
    }
    return { error: null, end: endsOf(events).at(-1) ?? null, text: textOf(events) };
  } catch (error) {
    assert.ok(ModelPoolError.isInstance(error), `not an error of the package: ${String(error)}`);
    return { error, end: endsOf(events).at(-1) ?? null, text: textOf(events) };
  } finally {
    clearTimeout(timer);
  }
}
