import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeOllama } from '../../fake-ollama/fake-ollama.js';
import { seededRandom } from '../../fake-ollama/seeded-random.js';
import { type CallPort, slotsHeld } from '../call/call-case.js';
import { playCall } from './play-call.js';

/** What {@link runAbortStorm} works with. */
export interface AbortStormOptions {
  /** Under test. Its roles are `ux` and `planning`. */
  readonly pool: CallPort;
  /** The server behind it. */
  readonly fake: Pick<FakeOllama, 'slots' | 'resident' | 'evict'>;
  /** Calls in all. */
  readonly count: number;
  /** Calls at the same time. @defaultValue `24` */
  readonly concurrency?: number | undefined;
  /** Chooses the calls and when they are left. @defaultValue `1` */
  readonly seed?: number | undefined;
  /** How long slots may take to come back in the end, ms. @defaultValue `10000` */
  readonly settleMs?: number | undefined;
}

/** How a storm went. */
export interface AbortStormResult {
  /** Calls that were left in time. */
  readonly aborted: number;
  /** Calls that were answered before. */
  readonly answered: number;
  /** Calls that failed otherwise, by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** Slots that the server still counts `settleMs` later. */
  readonly heldSlots: number;
  /** How long it took, ms. */
  readonly durationMs: number;
}

/**
 * Makes calls that are left at random points: in the lane, while the model loads, while the prompt is read, while the answer
 * comes. Now and then a model is taken out of the server's memory, so that there are loads to leave.
 */
export async function runAbortStorm(options: AbortStormOptions): Promise<AbortStormResult> {
  const { pool, fake, count, concurrency = 24, seed = 1, settleMs = 10_000 } = options;
  const startedMs = performance.now();
  const failed: Record<string, number> = {};
  let [next, aborted, answered] = [0, 0, 0];
  const one = async (index: number) => {
    const random = seededRandom(seed * 1_000_003 + index);
    const [resident] = fake.resident();
    if (random() < 0.02 && resident !== undefined) fake.evict(resident.model);
    const rate = random() < 0.5 ? '' : ` [rate=${Math.ceil(random() * 1_000)}]`;
    const prompt = `${'word '.repeat(Math.ceil(random() * 20))}[tokens=${Math.ceil(random() * 40)}]${rate}`;
    const role = random() < 0.5 ? 'ux' : 'planning';
    const { error } = await playCall(pool, { role, prompt }, random() < 0.5, random);
    if (error === null) answered += 1;
    else if (error.code === 'aborted') aborted += 1;
    else failed[error.code] = (failed[error.code] ?? 0) + 1;
  };
  const work = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  for (let waitedMs = 0; waitedMs < settleMs && slotsHeld(fake) > 0; waitedMs += 10) await sleep(10);
  return { aborted, answered, failed, heldSlots: slotsHeld(fake), durationMs: performance.now() - startedMs };
}
