import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelPoolError } from '../../../errors.js';
import type { TimerOptions } from '../../../options.js';
import type { CallRequest } from '../../../types.js';
import { type FakeFaultKind, fakeFaultKinds } from '../../fake-ollama/faults.js';
import { seededRandom } from '../../fake-ollama/seeded-random.js';
import { type CallCaseContext, seenByServer, slotsHeld, textRequests } from '../call/call-case.js';
import { expectedOutcomes } from './expected-outcomes.js';
import { type PlayedCall, playCall } from './play-call.js';
import { watchMemory } from './watch-memory.js';

/** Faults that end by nothing but a timer of the pool. */
const endless: ReadonlySet<FakeFaultKind> = new Set(['silent', 'stall', 'trickle', 'load-stall']);

/** Timers for the case of a fault: a second each where they are what ends the call, else so long that a starved machine meets none. */
export function faultCaseTimers(kind: FakeFaultKind): TimerOptions {
  const waitMs = endless.has(kind) ? 1_000 : 20_000;
  return { connectMs: 20_000, firstTokenMinMs: waitMs, stallMs: waitMs, loadMinMs: waitMs / 2, loadMaxMs: waitMs };
}

/** What a fault case is given: a port whose pool is started and has the {@link faultCaseTimers} of the fault, on one fake. */
export interface FaultCaseContext extends CallCaseContext {
  /** Calls that the pool counts as waiting or running. */
  held(): number | Promise<number>;
}

/** A case: a call to which a fault happens. */
export interface FaultCase {
  /** The fault and how the call is made. */
  readonly name: string;
  /** The fault. */
  readonly kind: FakeFaultKind;
  /** Whether the fault happens `once` or to each request. */
  readonly frequency: 'once' | 'always';
  /** Whether the call is collected; else it is streamed. */
  readonly isCollected: boolean;
  /** Whether the caller leaves at a random point. */
  readonly isAborted: boolean;
  /**
   * Rejects unless the call fails with an error of the package whose code befits the fault, or is answered with the text that
   * the server sent; and unless afterwards nothing is held and the next call works.
   */
  run(context: FaultCaseContext): Promise<void>;
}

/** Faults that could fill the memory. */
const bombs: ReadonlySet<FakeFaultKind> = new Set(['huge-line', 'gzip', 'endless']);
/** How much memory a bomb may cost, the server in this process included, bytes. */
const bombLimitBytes = 100 * 1024 * 1024;
const request = { messages: [{ role: 'user', content: 'Go on. [tokens=12]' }], maxOutputTokens: 100 } as const;

/** The text that the server sent to the last request, as a caller sees it. */
function sentText({ fake }: FaultCaseContext): string {
  return (textRequests(fake).at(-1)?.text ?? '').replace(/\p{Surrogate}/gu, '\ufffd');
}

/** An answer is the whole text that was sent, or as much of it as was asked for. */
function assertAnswer(played: PlayedCall, sent: string): void {
  assert.ok(played.end, 'the call has an end');
  const { status, finishReason } = played.end;
  assert.equal(status, 'ok');
  assert.ok(played.text.length > 0);
  if (finishReason === 'length')
    assert.ok(sent.startsWith(played.text), `${played.text} is not the beginning of ${sent}`);
  else assert.equal(played.text, sent);
}

function assertFailure(error: ModelPoolError, played: PlayedCall, sent: string, isCollected: boolean): void {
  const partial = error.partialText ?? '';
  assert.ok(sent.startsWith(partial), `${JSON.stringify(partial)} is not the beginning of ${JSON.stringify(sent)}`);
  if (!isCollected) assert.equal(played.text, partial);
}

/**
 * Calls until one is answered, for a server that comes back and a pool that gives it a rest. Failures must be passing ones; that
 * a model is missing passes once the server lists it again.
 */
async function assertNextCallWorks({ pool }: FaultCaseContext, role: CallRequest['role']): Promise<void> {
  const endMs = performance.now() + 15_000;
  for (;;) {
    const { error, text } = await playCall(pool, { role, prompt: '[say all is well]' }, true, null);
    if (error === null) return assert.equal(text, 'all is well');
    assert.ok(error.retryable || error.code === 'model-missing', `${error.code}: ${error.message}`);
    assert.ok(performance.now() < endMs, `still ${error.code}: ${error.message}`);
    await sleep(Math.min(1_000, error.retryAfterMs ?? 50));
  }
}

async function runCase(
  oneCase: Omit<FaultCase, 'run' | 'name'>,
  seed: number,
  context: FaultCaseContext,
): Promise<void> {
  const { kind, frequency, isCollected, isAborted } = oneCase;
  const { pool, fake } = context;
  const { codes, mayAnswer } = expectedOutcomes[kind];
  const times = frequency === 'once' ? { times: 1 } : {};
  // What delays does so for less than the timers, but for a trickle, whose point it is.
  await fake.set({ kind, ...times, ...(kind === 'trickle' || kind === 'flap' ? {} : { delayMs: 100 }) });
  const memory = watchMemory();
  const played = await playCall(pool, { role: 'ux', ...request }, isCollected, isAborted ? seededRandom(seed) : null);
  const grownBytes = memory.stop();
  await fake.set();
  const sent = sentText(context);
  const { error } = played;
  if (error === null) {
    assert.ok(mayAnswer || frequency === 'once', `it was answered: ${played.text}`);
    assertAnswer(played, sent);
  } else {
    const allowed = [...codes, ...(isAborted ? ['aborted'] : [])];
    assert.ok(allowed.includes(error.code), `${error.code} is none of ${allowed.join(', ')}: ${error.message}`);
    assertFailure(error, played, sent, isCollected);
  }
  if (bombs.has(kind)) assert.ok(grownBytes <= bombLimitBytes, `it took ${Math.round(grownBytes / 2 ** 20)} MB`);
  // A model that could not be loaded rests for half a minute: the other one shows that all is well.
  await assertNextCallWorks(context, kind === 'load-stall' || kind === 'no-memory' ? 'planning' : 'ux');
  await seenByServer('all slots are free', () => slotsHeld(fake) === 0);
  assert.equal(await context.held(), 0);
}

function createCases(): FaultCase[] {
  const ways = [
    { frequency: 'always', isAborted: false },
    { frequency: 'once', isAborted: false },
    { frequency: 'always', isAborted: true },
  ] as const;
  return fakeFaultKinds.flatMap((kind) =>
    ways.flatMap((way) =>
      [false, true].map((isCollected) => {
        const oneCase = { kind, ...way, isCollected };
        const name = `${kind}, ${way.frequency}, ${isCollected ? 'collected' : 'streamed'}${way.isAborted ? ', aborted' : ''}`;
        const seed = [...name].reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7) % 1_000_003;
        return { ...oneCase, name, run: (context: FaultCaseContext) => runCase(oneCase, seed, context) };
      }),
    ),
  );
}

/** Every fault of the fake × {once, each time} × {streamed, collected}, and aborted at a random point. */
export const faultCases: readonly FaultCase[] = createCases();
