import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import type { CallEnd, CallRequest, CallResult } from '../types.js';
import type { FakeOllama } from './fake-ollama.js';

/** Anything that calls models as a pool does. */
export interface CallPort {
  /** Calls a model. */
  call(request: CallRequest): AsyncIterableIterator<CallEvent>;
  /** The same, collected. */
  generate(request: CallRequest): Promise<CallResult>;
}

/** What a case is given: a port onto the fake, whose roles `ux` and `planning` have the models `small:1b` and `large:8b`. */
export interface CallCaseContext {
  /** Under test. */
  readonly pool: CallPort;
  /** Behind it. */
  readonly fake: FakeOllama;
}

/** A case. */
export interface CallCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** Rejects where the behaviour is another one. */
  run(context: CallCaseContext): Promise<void>;
}

interface Collected {
  readonly events: CallEvent[];
  readonly error: ModelPoolError | null;
}

async function collect(
  events: AsyncIterable<CallEvent>,
  onEvent: (event: CallEvent) => void = () => {},
): Promise<Collected> {
  const seen: CallEvent[] = [];
  try {
    for await (const event of events) {
      seen.push(event);
      onEvent(event);
    }
    return { events: seen, error: null };
  } catch (error) {
    assert.ok(ModelPoolError.isInstance(error), `not an error of the package: ${String(error)}`);
    return { events: seen, error };
  }
}

const ends = (events: readonly CallEvent[]): CallEnd[] => events.filter((event) => event.type === 'call-end');
const textOf = (events: readonly CallEvent[]) =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');

/** Waits for something that only the server sees. */
async function eventually(what: string, check: () => boolean): Promise<void> {
  for (let count = 0; count < 500; count += 1) {
    if (check()) return;
    await sleep(10);
  }
  assert.fail(`not seen: ${what}`);
}

const textLog = ({ log }: FakeOllama) =>
  log.filter(
    ({ path, body }) => path === '/api/chat' || (path === '/api/generate' && typeof body?.prompt === 'string'),
  );

/** Behaviour of a call, whoever serves it. */
export const callCases: readonly CallCase[] = [
  {
    name: 'a chat streams deltas whose offsets join, and ends with the counts of the server',
    async run({ pool, fake }) {
      const labels = { project: 'case', taskId: 'T', purpose: 'answer' } as const;
      const { events, error } = await collect(
        pool.call({ role: 'ux', messages: [{ role: 'user', content: 'say something [tokens=7]' }], labels }),
      );
      assert.equal(error, null);
      const start = events.find((event) => event.type === 'call-start');
      assert.ok(start?.type === 'call-start');
      const [end] = ends(events);
      assert.ok(end);
      const {
        type: _,
        endedAtMs,
        status,
        finishReason,
        usage,
        timing,
        fallbackFrom,
        coveredBy,
        error: endError,
        ...repeated
      } = end;
      const { type: __, ...started } = start;
      assert.deepEqual({ ...repeated, modelDigest: started.modelDigest }, started);
      assert.deepEqual(
        { status, finishReason, fallbackFrom, coveredBy, endError },
        { status: 'ok', finishReason: 'stop', fallbackFrom: null, coveredBy: null, endError: null },
      );
      assert.ok(endedAtMs >= end.startedAtMs);
      assert.equal(end.model, 'small:1b');
      assert.equal(end.lane, 'ux');
      assert.equal(end.operation, 'chat');
      assert.deepEqual(end.labels, { ...labels, stepId: null, run: null, conversationId: null, userId: null });
      const entry = textLog(fake).at(-1);
      assert.equal(usage.source, 'reported');
      assert.equal(usage.inputTokens, entry?.inputTokens);
      assert.equal(usage.outputTokens, 7);
      let text = '';
      for (const event of events) {
        if (event.type !== 'text-delta') continue;
        assert.equal(event.offset, text.length);
        assert.equal(event.callId, start.callId);
        text += event.text;
      }
      assert.ok(text.length > 0);
      const { ttftMs, durationMs, ...parts } = timing;
      const sum = Object.values(parts).reduce<number>((total, part) => total + (part ?? 0), 0);
      assert.ok(Math.abs(sum - durationMs) <= 1, `parts ${sum}, whole ${durationMs}`);
      assert.ok(ttftMs !== null && ttftMs <= durationMs);
      assert.equal(events.at(-1)?.type, 'call-end');
    },
  },
  {
    name: 'a prompt with a system prompt and a format goes to generate and is collected',
    async run({ pool, fake }) {
      const result = await pool.generate({
        role: 'planning',
        prompt: 'plan',
        system: 'be brief',
        format: 'json',
        temperature: 0,
        maxOutputTokens: 50,
      });
      assert.equal(result.text, '{"ok":true}');
      assert.equal(result.end.operation, 'generate');
      assert.equal(result.end.model, 'large:8b');
      const body = textLog(fake).at(-1)?.body;
      assert.equal(body?.system, 'be brief');
      assert.equal(body?.format, 'json');
      assert.equal(body?.think, false);
      assert.deepEqual(body?.options, { num_ctx: 4096, num_predict: 50, temperature: 0 });
    },
  },
  {
    name: 'an answer is cut at maxOutputTokens',
    async run({ pool }) {
      const { end } = await pool.generate({ role: 'ux', prompt: 'much [tokens=50]', maxOutputTokens: 5 });
      assert.equal(end.status, 'ok');
      assert.equal(end.finishReason, 'length');
      assert.equal(end.usage.outputTokens, 5);
      assert.equal(end.maxOutputTokens, 5);
    },
  },
  {
    name: 'an abort in the middle closes the socket, frees the slot and counts what came',
    async run({ pool, fake }) {
      const controller = new AbortController();
      let count = 0;
      const { events, error } = await collect(
        pool.call({ role: 'ux', prompt: 'long [tokens=500] [rate=100]', signal: controller.signal }),
        (event) => {
          if (event.type === 'text-delta' && ++count === 3) controller.abort();
        },
      );
      assert.equal(error?.code, 'aborted');
      assert.equal(error?.retryable, false);
      await eventually('the slot is free', () => fake.slots()['small:1b'] === 0);
      assert.equal(textLog(fake).at(-1)?.end, 'aborted');
      for (const end of ends(events)) {
        assert.equal(end.status, 'aborted');
        assert.equal(end.usage.source, 'partial');
        assert.ok(end.usage.outputTokens >= 3);
        assert.equal(end.error?.partialText, textOf(events));
      }
    },
  },
  {
    name: 'leaving the loop early ends the call',
    async run({ pool, fake }) {
      for await (const event of pool.call({ role: 'planning', prompt: 'long [tokens=500] [rate=100]' })) {
        if (event.type === 'text-delta') break;
      }
      await eventually('the slot is free', () => fake.slots()['large:8b'] === 0);
      assert.equal(textLog(fake).at(-1)?.end, 'aborted');
    },
  },
  {
    name: 'a signal that is aborted before the call sends nothing',
    async run({ pool, fake }) {
      const before = textLog(fake).length;
      const { events, error } = await collect(pool.call({ role: 'ux', prompt: 'never', signal: AbortSignal.abort() }));
      assert.equal(error?.code, 'aborted');
      assert.deepEqual(events, []);
      assert.equal(textLog(fake).length, before);
    },
  },
  {
    name: 'a stream that breaks in the middle fails with its partial text and is not repeated',
    async run({ pool, fake }) {
      await fake.set({ kind: 'no-done', after: 3, times: 1 });
      const before = textLog(fake).length;
      const { events, error } = await collect(pool.call({ role: 'ux', prompt: 'break' }));
      await fake.set();
      assert.equal(error?.code, 'stream-broken');
      assert.equal(error?.retryable, true);
      assert.equal(error?.partialText, textOf(events));
      assert.equal(error?.attempt, 1);
      assert.equal(ends(events).length, 1);
      assert.equal(ends(events)[0]?.usage.source, 'partial');
      assert.equal(textLog(fake).length, before + 1);
    },
  },
  {
    name: 'a busy server is asked again and the attempts are one request',
    async run({ pool, fake }) {
      await fake.set({ kind: 'status-503', times: 1 });
      const { events, error } = await collect(pool.call({ role: 'ux', prompt: 'busy', requestId: 'REQUEST1' }));
      await fake.set();
      assert.equal(error, null);
      assert.deepEqual(
        ends(events).map(({ status, attempt, requestId }) => ({ status, attempt, requestId })),
        [
          { status: 'error', attempt: 1, requestId: 'REQUEST1' },
          { status: 'ok', attempt: 2, requestId: 'REQUEST1' },
        ],
      );
      assert.equal(new Set(ends(events).map(({ callId }) => callId)).size, 2);
    },
  },
  {
    name: 'a deadline ends the call with the code of what it waited for',
    async run({ pool }) {
      const { error } = await collect(
        pool.call({ role: 'ux', prompt: 'slow [tokens=500] [rate=20]', deadlineMs: 400 }),
      );
      assert.equal(error?.code, 'stalled');
      assert.equal(error?.details.phase, 'decode');
    },
  },
  {
    name: 'a bad request is refused before anything is sent',
    async run({ pool, fake }) {
      const before = textLog(fake).length;
      for (const request of [
        { role: 'ux' },
        { role: 'ux', prompt: 'x', maxOutputTokens: -1 },
        { role: 'ux', prompt: 'x', temperature: 9 },
        { role: 'nobody', prompt: 'x' },
      ]) {
        await assert.rejects(
          async () => pool.generate(request as CallRequest),
          (error) => ModelPoolError.isInstance(error) && error.code === 'rejected' && !error.retryable,
        );
      }
      assert.equal(textLog(fake).length, before);
    },
  },
  {
    name: 'half a character at the edge of a chunk arrives whole',
    async run({ pool, fake }) {
      await fake.set({ kind: 'utf8-split', times: 1 });
      const { text } = await pool.generate({ role: 'ux', prompt: 'characters' });
      await fake.set();
      assert.ok(text.includes('Grüße 🦙'), text);
    },
  },
];
