import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves with the first value of `read` that is neither `undefined`, `null` nor `false`; for states of other processes,
 * which send no event to a test. Rejects after `timeoutMs`, naming `what`.
 */
export async function until<Value>(
  what: string,
  read: () => Value | Promise<Value>,
  timeoutMs = 15_000,
): Promise<Exclude<Value, undefined | null | false>> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== null && value !== false) {
      return value as Exclude<Value, undefined | null | false>;
    }
    if (performance.now() > endMs) throw new Error(`not seen within ${timeoutMs} ms: ${what}`);
    await sleep(20);
  }
}
