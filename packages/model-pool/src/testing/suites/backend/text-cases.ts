import assert from 'node:assert/strict';
import type { JsonObject } from '../../../types.js';
import { type BackendCase, backendCase } from './backend-case.js';
import { assertFailure, caseOptions, userMessage } from './shared-requests.js';

/** Checks the counts and times of a last object. */
function assertMetrics(last: JsonObject, mostTokens: number): void {
  const { prompt_eval_count: read, eval_count: written } = last;
  assert.ok(Number.isInteger(read) && Number(read) > 0, `prompt_eval_count ${String(read)}`);
  assert.ok(Number.isInteger(written) && Number(written) > 0 && Number(written) <= mostTokens, `eval_count ${written}`);
  const durations = ['load_duration', 'prompt_eval_duration', 'eval_duration'].map((key) => last[key] ?? 0);
  for (const duration of [last.total_duration, ...durations])
    assert.ok(Number.isInteger(duration), `${String(duration)} ns is no whole number`);
  const sum = durations.reduce<number>((total, duration) => total + Number(duration), 0);
  // A millisecond for rounding: the parts are measured by different processes.
  assert.ok(sum <= Number(last.total_duration) + 1e6, `${sum} ns in parts, ${String(last.total_duration)} in all`);
}

/** Answers with text. */
export const textCases: readonly BackendCase[] = [
  backendCase(
    'a chat streams by default, one object a line, and only the last one is done, with counts and nanoseconds',
    async ({ post, target: { model } }) => {
      const messages = userMessage('Say hello.');
      const { status, type, lines, last } = await post('/api/chat', {
        model,
        messages,
        options: caseOptions({ num_predict: 8 }),
      });
      assert.equal(status, 200);
      assert.match(type, /application\/x-ndjson/);
      assert.ok(lines.length >= 2);
      assert.deepEqual(
        lines.map(({ done }) => done === true),
        [...lines.slice(1).map(() => false), true],
      );
      assert.ok(lines.every((line) => line.model === model));
      assert.ok(lines.every(({ message }) => typeof (message as JsonObject).content === 'string'));
      assert.ok(['stop', 'length'].includes(String(last.done_reason)));
      assertMetrics(last, 8);
    },
  ),
  backendCase('generate streams its text in response', async ({ post, target: { model } }) => {
    const { lines, last } = await post('/api/generate', {
      model,
      system: 'You are polite.',
      prompt: 'Say hello.',
      options: caseOptions({ num_predict: 8 }),
    });
    assert.ok(lines.map(({ response }) => response).join('').length > 0);
    assert.equal(last.done, true);
    assertMetrics(last, 8);
  }),
  backendCase('stream false gives one object', async ({ post, target: { model } }) => {
    const options = caseOptions({ num_predict: 4 });
    const { type, lines, first } = await post('/api/chat', {
      model,
      messages: userMessage('Say hello.'),
      stream: false,
      options,
    });
    assert.match(type, /application\/json/);
    assert.equal(lines.length, 1);
    assert.equal(first.done, true);
    assert.ok(String((first.message as JsonObject).content).length > 0);
    assertMetrics(first, 4);
  }),
  backendCase('num_predict cuts the answer and says length', async ({ post, target: { model } }) => {
    const { last } = await post('/api/generate', {
      model,
      prompt: 'Count from one to one hundred in words:',
      options: caseOptions({ num_predict: 3 }),
    });
    assert.equal(last.done_reason, 'length');
    assert.equal(last.eval_count, 3);
  }),
  backendCase('a stop ends the answer and is not part of it', async ({ post, target: { model } }) => {
    const ask = async (stop: readonly string[]) => {
      const prompt = 'Count: 1, 2, 3, 4, [say 5, 6, 7, 8, 9, 10]';
      const options = caseOptions({ num_predict: 12, stop });
      const { first } = await post('/api/generate', { model, prompt, stream: false, options });
      return { text: String(first.response), reason: first.done_reason };
    };
    const whole = await ask([]);
    const characters = [...whole.text.trimStart()];
    // What the model says is its own affair: the stop is taken from what it says.
    const stop = characters.slice(2, 4).join('');
    assert.ok(stop.length > 0, `too short an answer to stop: ${whole.text}`);
    const cut = await ask([stop]);
    assert.ok(!cut.text.includes(stop), `${JSON.stringify(cut.text)} has ${JSON.stringify(stop)} in it`);
    assert.ok(cut.text.length < whole.text.length);
    assert.equal(cut.reason, 'stop');
  }),
  backendCase('think false is accepted by every model', async ({ post, target: { model } }) => {
    const options = caseOptions({ num_predict: 4 });
    const { status } = await post('/api/chat', { model, messages: userMessage('Say hello.'), think: false, options });
    assert.equal(status, 200);
  }),
  backendCase(
    'an option that nobody knows passes, one of the wrong type is refused by its name',
    async ({ post, target: { model } }) => {
      const ask = (more: JsonObject) =>
        post('/api/generate', { model, prompt: 'Hello', options: caseOptions({ num_predict: 2, ...more }) });
      assert.equal((await ask({ no_such_option: 1 })).status, 200);
      const refused = await ask({ temperature: 'hot' });
      // Ollama 0.17 answers 500.
      assertFailure(refused, refused.status === 500 ? 500 : 400, /temperature/);
    },
  ),
  backendCase('a body that is no JSON, and none, are a 400', async ({ send }) => {
    assertFailure(await send('/api/chat', { body: '{"model":' }), 400, /./);
    assertFailure(await send('/api/chat', { body: '', method: 'POST' }), 400, /./);
  }),
];
