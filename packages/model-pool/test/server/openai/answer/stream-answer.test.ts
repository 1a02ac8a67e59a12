import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { type CallEvent, ModelPoolError } from '../../../../src/index.js';
import { chatShape } from '../../../../src/server/openai/answer/chat-shape.js';
import { streamAnswer } from '../../../../src/server/openai/answer/stream-answer.js';
import type { RouteParts } from '../../../../src/server/route.js';
import { readAlong } from '../../open-served.js';

const requestId = 'R1';
const start = { type: 'call-start', requestId, callId: 'C1', model: 'small:1b', startedAtMs: 1e12 } as CallEvent;
const text = { type: 'text-delta', requestId, callId: 'C1', text: 'x' } as CallEvent;
const queued = (position: number) =>
  ({ type: 'call-queued', requestId, lane: 'ux', position, etaMs: 5, labels: {} }) as unknown as CallEvent;
const load = {
  type: 'model-load',
  requestId,
  callId: 'C1',
  name: 'small',
  etaMs: null,
  labels: {},
} as unknown as CallEvent;

/** Streams events, which a test may take its time for, as the answer of one request. */
async function stream(events: () => AsyncIterable<CallEvent>) {
  const clock = manualClock();
  const logged: object[] = [];
  const quiet = () => {};
  const parts: RouteParts = {
    ...{ pool: {} as RouteParts['pool'], source: 'models', maxBodyBytes: 1_000, keepAliveMs: 15_000 },
    clock: { ...clock, monotonicMs: clock.now },
    logger: { debug: quiet, info: quiet, warn: quiet, error: (fields) => logged.push(fields) },
  };
  const server = createServer((_, response) => {
    streamAnswer(events(), response, { shape: chatShape, parts, includesUsage: false, isOneTool: false }).catch(
      (error: unknown) => response.writeHead(500).end(ModelPoolError.isInstance(error) ? error.code : 'other'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { answer, clock, logged, close: () => server.close() };
}

describe('a streamed answer', () => {
  it('whose source fails in a way that nobody expects says so to the log alone', async () => {
    const cause = new TypeError('the secret inside');
    const { answer, logged, close } = await stream(async function* () {
      yield start;
      yield text;
      throw cause;
    });
    const sent = await (await answer).text();
    expect(sent).not.toContain('secret');
    expect(sent).toMatch(/"code":"internal"\}\}\n\n$/);
    expect(logged).toEqual([{ error: cause }]);
    close();
  });

  it('whose source ends without the end of its call is broken', async () => {
    const { answer, close } = await stream(async function* () {
      yield start;
    });
    expect((await answer).status).toBe(500);
    expect(await (await answer).text()).toBe('stream-broken');
    close();
  });

  it('tells every wait of the first second at once, and later ones as they come', async () => {
    let goOn = () => {};
    const gone = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isWaiting = false;
    const { answer, clock, close } = await stream(async function* () {
      yield queued(2);
      yield queued(1);
      isWaiting = true;
      await gone;
      yield start;
      yield load;
      yield text;
    });
    await until('both', () => isWaiting);
    await clock.advance(999);
    await clock.advance(1);
    const opened = await answer;
    expect(opened.headers.get('x-tale-call')).toBe('R1');
    const along = readAlong(opened);
    const waits = [2, 1].map((position) => `: call-queued {"lane":"ux","position":${position},"etaMs":5}\n\n`).join('');
    await until('the waits', () => along.text() === waits);
    goOn();
    await along.done;
    expect(along.text()).toContain(`${waits}: model-load {"callId":"C1","name":"small","etaMs":null}\n\ndata: `);
    close();
  });

  it('that waits for less than a second keeps it to itself', async () => {
    const { answer, clock, close } = await stream(async function* () {
      yield queued(1);
      yield start;
      yield text;
      throw new ModelPoolError('stalled', 'it stalls');
    });
    const sent = await (await answer).text();
    await clock.advance(5_000);
    expect(sent).toMatch(/^data: /);
    expect(sent).toMatch(/"code":"stalled"\}\}\n\n$/);
    close();
  });
});
