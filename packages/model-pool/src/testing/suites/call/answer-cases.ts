import assert from 'node:assert/strict';
import type { CallEvent } from '../../../events.js';
import type { CallEnd, CallStart } from '../../../types.js';
import { type CallCase, collectEvents, endsOf, textOf, textRequests } from './call-case.js';

const labels = { project: 'case', taskId: 'T', purpose: 'answer' } as const;

/** Checks that an end repeats its start. */
function assertRepeats(end: CallEnd, { type: _, ...started }: CallStart): void {
  const repeated = Object.fromEntries(Object.keys(started).map((key) => [key, end[key as keyof CallEnd]]));
  assert.deepEqual({ ...repeated, modelDigest: started.modelDigest }, started);
}

/** Checks that the deltas of a text join without a gap, and gives the text. */
function joinDeltas(events: readonly CallEvent[], type: 'text-delta' | 'thinking-delta', callId: string): string {
  let text = '';
  for (const event of events) {
    if (event.type !== type) continue;
    assert.equal(event.offset, text.length);
    assert.equal(event.callId, callId);
    text += event.text;
  }
  return text;
}

function assertTimes({ timing }: CallEnd): void {
  const { ttftMs, durationMs, ...parts } = timing;
  const sum = Object.values(parts).reduce<number>((total, part) => total + (part ?? 0), 0);
  assert.ok(Math.abs(sum - durationMs) <= 1, `parts ${sum}, whole ${durationMs}`);
  assert.ok(ttftMs !== null && ttftMs <= durationMs);
}

/** Answers that come whole. */
export const answerCases: readonly CallCase[] = [
  {
    name: 'a chat streams deltas whose offsets join, and ends with the counts of the server',
    needs: null,
    async run({ pool, fake, models }) {
      const messages = [{ role: 'user', content: 'say something [tokens=7]' }] as const;
      const { events, error } = await collectEvents(pool.call({ role: 'ux', messages, labels }));
      assert.equal(error, null);
      const start = events.find((event) => event.type === 'call-start');
      assert.ok(start?.type === 'call-start');
      const [end] = endsOf(events);
      assert.ok(end);
      assertRepeats(end, start);
      const { status, finishReason, fallbackFrom, coveredBy, error: endError } = end;
      assert.deepEqual(
        { status, finishReason, fallbackFrom, coveredBy, endError },
        { status: 'ok', finishReason: 'stop', fallbackFrom: null, coveredBy: null, endError: null },
      );
      assert.ok(end.endedAtMs >= end.startedAtMs);
      assert.equal(end.model, models?.ux ?? 'small:1b');
      assert.equal(end.lane, 'ux');
      assert.equal(end.operation, 'chat');
      assert.deepEqual(end.labels, { ...labels, stepId: null, run: null, conversationId: null, userId: null });
      const entry = textRequests(fake).at(-1);
      assert.equal(end.usage.source, 'reported');
      assert.equal(end.usage.inputTokens, entry?.inputTokens);
      assert.equal(end.usage.outputTokens, 7);
      assert.ok(joinDeltas(events, 'text-delta', start.callId).length > 0);
      assertTimes(end);
      assert.equal(events.at(-1)?.type, 'call-end');
    },
  },
  {
    name: 'a prompt with a system prompt is answered and collected',
    needs: null,
    async run({ pool, models }) {
      const result = await pool.generate({
        role: 'planning',
        prompt: 'plan [say a good plan]',
        system: 'be brief',
        temperature: 0,
        maxOutputTokens: 50,
      });
      assert.equal(result.text, 'a good plan');
      assert.equal(result.end.operation, 'generate');
      assert.equal(result.end.model, models?.planning ?? 'large:8b');
      assert.equal(result.end.callId, result.callId);
      assert.equal(result.end.requestId, result.requestId);
      assert.deepEqual(result.toolCalls, []);
    },
  },
  {
    name: 'an answer is cut at maxOutputTokens',
    needs: null,
    async run({ pool }) {
      const { end } = await pool.generate({ role: 'ux', prompt: 'much [tokens=50]', maxOutputTokens: 5 });
      assert.equal(end.status, 'ok');
      assert.equal(end.finishReason, 'length');
      assert.equal(end.usage.outputTokens, 5);
      assert.equal(end.maxOutputTokens, 5);
    },
  },
  {
    name: 'half a character at the edge of a chunk arrives whole',
    needs: null,
    async run({ pool, fake }) {
      await fake.set({ kind: 'utf8-split', times: 1 });
      const { text } = await pool.generate({ role: 'ux', prompt: 'characters' });
      await fake.set();
      assert.ok(text.includes('Grüße 🦙'), text);
    },
  },
  {
    name: 'an answer in JSON is JSON',
    needs: 'json',
    async run({ pool }) {
      const { text, end } = await pool.generate({ role: 'planning', prompt: 'plan [say {"ok":true}]', format: 'json' });
      assert.doesNotThrow(() => JSON.parse(text), text);
      assert.equal(end.finishReason, 'stop');
    },
  },
  {
    name: 'an answer with a schema keeps it',
    needs: 'schema',
    async run({ pool }) {
      const format = {
        type: 'object',
        properties: { isTask: { type: 'boolean' } },
        required: ['isTask'],
        additionalProperties: false,
      };
      const { text } = await pool.generate({ role: 'ux', prompt: 'Is it a task?', format });
      assert.equal(typeof (JSON.parse(text) as { isTask: unknown }).isTask, 'boolean');
    },
  },
  {
    name: 'thinking is a text of its own, with offsets of its own',
    needs: 'thinking',
    async run({ pool }) {
      const prompt = '[think=3] [say two words]';
      const { events, error } = await collectEvents(pool.call({ role: 'planning', prompt }));
      assert.equal(error, null);
      const [end] = endsOf(events);
      assert.equal(joinDeltas(events, 'thinking-delta', end?.callId ?? ''), 'hm hm hm');
      assert.equal(joinDeltas(events, 'text-delta', end?.callId ?? ''), 'two words');
      const { text, thinking } = await pool.generate({ role: 'planning', prompt });
      assert.deepEqual({ text, thinking }, { text: 'two words', thinking: 'hm hm hm' });
    },
  },
  {
    name: 'two calls at the same time keep their texts apart',
    needs: null,
    async run({ pool }) {
      const ask = (text: string) => pool.generate({ role: 'ux', prompt: `[say ${text}] [rate=200]` });
      const [one, two] = await Promise.all([ask('one of them'), ask('the other one')]);
      assert.deepEqual([one.text, two.text], ['one of them', 'the other one']);
      assert.notEqual(one.requestId, two.requestId);
    },
  },
  {
    name: 'what is collected is what is streamed',
    needs: null,
    async run({ pool }) {
      const request = { role: 'ux', prompt: 'the same [tokens=9]' } as const;
      const { events } = await collectEvents(pool.call(request));
      const { text, end } = await pool.generate(request);
      assert.equal(text, textOf(events));
      assert.equal(end.usage.outputTokens, endsOf(events)[0]?.usage.outputTokens);
    },
  },
];
