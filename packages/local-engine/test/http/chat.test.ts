import { manualClock, until } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fileEntry } from '../../src/testing/index.js';
import { type TestEngine, testEngine } from '../test-engine.js';
import type { WatchedChild } from '../watched-runners.js';

const sentence = 'hello, this is a tiny model of tale.';
const greedy = { temperature: 0 };
const question = [{ role: 'user', content: 'hi' }];
const long = 'The quick brown fox jumps over the lazy dog. ';

describe('answers of a real model', () => {
  let test: TestEngine;
  let endlessDigest: string;
  beforeAll(async () => {
    ({ sha256: endlessDigest } = await fileEntry('endless:latest', inject('endlessPath')));
    // A clock that stands still: what ends here ends because of what happened, and never because time has passed.
    test = await testEngine({ install: ['tiny', 'endless'], clock: manualClock() });
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });
  /** The living child of `endless`. */
  const endlessChild = (): WatchedChild => {
    const found = test.children.find(({ modelPath, isGone }) => !isGone && modelPath?.endsWith(endlessDigest));
    if (!found) throw new Error('it is not loaded');
    return found;
  };

  it('ENGINE-1: stream as lines, the last one with all counts', async () => {
    const response = await test.post('/api/chat', { model: 'tiny', messages: question, options: greedy });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = await test.lines(response);
    const final = lines.at(-1)!;
    expect(lines.map((line) => line.message.content).join('')).toBe(sentence);
    const pieces = lines.slice(0, -1);
    expect(pieces.every((line) => line.done === false && line.prompt_eval_count === final.prompt_eval_count)).toBe(
      true,
    );
    const counts = pieces.map((line) => line.eval_count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBeGreaterThan(5);
    expect(counts.at(-1)).toBeLessThanOrEqual(final.eval_count);
    expect(final).toMatchObject({ model: 'tiny', done: true, done_reason: 'stop', eval_count: 11 });
    expect(final.prompt_eval_count).toBe(final.timings.cache_n + final.timings.prompt_n);
    for (const nanoseconds of [
      final.total_duration,
      final.load_duration,
      final.prompt_eval_duration,
      final.eval_duration,
    ]) {
      expect(Number.isInteger(nanoseconds)).toBe(true);
    }
    expect(final.total_duration).toBeGreaterThanOrEqual(final.load_duration);
  });

  it('come as one document without stream', async () => {
    const response = await test.post('/api/chat', {
      model: 'tiny',
      messages: question,
      options: greedy,
      stream: false,
    });
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toMatchObject({
      message: { role: 'assistant', content: sentence },
      done: true,
      load_duration: 0,
    });
  });

  it('ENGINE-2: find the tokens of the last conversation in the cache', async () => {
    const first = [{ role: 'system', content: long.repeat(4) }, ...question];
    const second = [...first, { role: 'assistant', content: sentence }, { role: 'user', content: 'more' }];
    await (await test.post('/api/chat', { model: 'tiny', messages: first, options: greedy })).text();
    const lines = await test.lines(await test.post('/api/chat', { model: 'tiny', messages: second, options: greedy }));
    const { cache_n, prompt_n } = lines.at(-1)!.timings;
    expect(cache_n).toBeGreaterThan(3 * prompt_n);
  });

  it('end after num_predict tokens, at a stop text, and with the context', async () => {
    const ask = async (model: string, options: object, prompt = 'hi') =>
      (await test.lines(await test.post('/api/generate', { model, prompt, options: { ...greedy, ...options } }))) as {
        response: string;
        done_reason: string;
        eval_count: number;
        prompt_eval_count: number;
      }[];
    const short = await ask('tiny', { num_predict: 3 });
    expect(short.map(({ response }) => response).join('')).toBe('hello, this');
    expect(short.at(-1)).toMatchObject({ done_reason: 'length', eval_count: 3 });
    const stopped = await ask('tiny', { stop: ['tiny'] });
    expect(stopped.map(({ response }) => response).join('')).toBe('hello, this is a ');
    expect(stopped.at(-1)).toMatchObject({ done_reason: 'stop' });
    const whole = (await ask('endless', { num_predict: -1 }, long.repeat(40))).at(-1)!;
    expect(whole.done_reason).toBe('length');
    expect(whole.eval_count + whole.prompt_eval_count).toBeLessThanOrEqual(2_048);
    expect(whole.eval_count + whole.prompt_eval_count).toBeGreaterThan(2_000);
    expect(whole.eval_count).toBeGreaterThan(100);
  });

  it('are the same for the same seed', async () => {
    const ask = async (seed: number) => {
      const options = { temperature: 5, top_k: 0, top_p: 1, min_p: 0.01, seed, num_predict: 12, repeat_penalty: 1.2 };
      const body = { model: 'tiny', prompt: 'hi', stream: false, options };
      return ((await (await test.post('/api/generate', body)).json()) as { response: string }).response;
    };
    expect(await ask(7)).toBe(await ask(7));
  });

  it('of generate take a system prompt, and raw text without a template', async () => {
    const ask = async (body: object) => {
      const response = await test.post('/api/generate', {
        model: 'tiny',
        prompt: 'hi',
        stream: false,
        options: greedy,
        ...body,
      });
      return (await response.json()) as { response: string; prompt_eval_count: number };
    };
    const plain = await ask({});
    const withSystem = await ask({ system: 'be brief', context: [1, 2] });
    const raw = await ask({ raw: true });
    expect([plain.response, withSystem.response, raw.response]).toEqual([sentence, sentence, sentence]);
    expect(withSystem.prompt_eval_count).toBeGreaterThan(plain.prompt_eval_count);
    expect(raw.prompt_eval_count).toBeLessThan(plain.prompt_eval_count);
  });

  it('drop the oldest messages that do not fit, or refuse, and never cut the last one', async () => {
    const turns = Array.from({ length: 30 }, () => ({ role: 'user', content: long.repeat(4) }));
    const messages = [{ role: 'system', content: 'keep this' }, ...turns, { role: 'user', content: 'last' }];
    const ask = (body: object) =>
      test.post('/api/chat', { model: 'tiny', messages, options: greedy, stream: false, ...body });
    const fitted = (await (await ask({})).json()) as { message: { content: string }; prompt_eval_count: number };
    expect(fitted.message.content).toBe(sentence);
    expect(fitted.prompt_eval_count).toBeGreaterThan(1_500);
    const refused = await ask({ truncate: false });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 'context-exceeded' });
    const tooLong = await ask({ messages: [{ role: 'user', content: long.repeat(100) }] });
    expect(tooLong.status).toBe(400);
  });

  it('ENGINE-3: stop within a token when the client leaves, and the model is free', async () => {
    const left = new AbortController();
    const body = { model: 'endless', messages: question, options: greedy };
    const response = await test.post('/api/chat', body, { signal: left.signal });
    await response.body!.getReader().read();
    left.abort();
    const next = await test.lines(await test.post('/api/chat', { ...body, options: { ...greedy, num_predict: 5 } }));
    expect(next.at(-1)).toMatchObject({ done: true, eval_count: 5 });
    const ends = endlessChild().said.filter(({ type }) => type === 'done' || type === 'failure');
    expect(ends.slice(-2)).toMatchObject([{ type: 'failure', code: 'aborted' }, { type: 'done' }]);
  });

  it('ENGINE-4: stop inside a long prompt', async () => {
    const messages = [{ role: 'user', content: long.repeat(40) }];
    for (const delayMs of [0, 5, 20]) {
      const left = new AbortController();
      const asking = test.post('/api/chat', { model: 'tiny', messages, options: greedy }, { signal: left.signal });
      asking.catch(() => {});
      setTimeout(() => left.abort(), delayMs);
      await asking.then((response) => response.text()).catch(() => {});
      const next = await test.lines(
        await test.post('/api/chat', { model: 'tiny', messages: question, options: greedy }),
      );
      expect(next.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
    }
  });

  it('of a queued call that leaves are never made', async () => {
    const left = new AbortController();
    const running = await test.post('/api/chat', { model: 'endless', messages: question, options: greedy });
    const reader = running.body!.getReader();
    await reader.read();
    const queued = test.post('/api/chat', { model: 'endless', messages: question }, { signal: left.signal });
    queued.catch(() => {});
    const patient = test.post('/api/generate', {
      model: 'endless',
      prompt: 'hi',
      options: { ...greedy, num_predict: 2 },
    });
    left.abort();
    await expect(queued).rejects.toThrow();
    await reader.cancel();
    const final = (await test.lines(await patient)).at(-1)!;
    expect(final).toMatchObject({ done: true, eval_count: 2 });
    expect(final.timings.queue_ms).toBeGreaterThanOrEqual(0);
  });

  it('come from two models side by side', async () => {
    const bodies = ['tiny', 'endless', 'tiny', 'endless'].map((model) => ({
      model,
      prompt: 'hi',
      options: { ...greedy, num_predict: 20 },
    }));
    const answers = await Promise.all(bodies.map(async (body) => test.lines(await test.post('/api/generate', body))));
    expect(answers.map((lines) => lines.at(-1)!.eval_count)).toEqual([11, 20, 11, 20]);
  });

  it('ENGINE-5: of a killed child end with an error line at once, and the next call works', async () => {
    const response = await test.post('/api/chat', { model: 'endless', messages: question, options: greedy });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    process.kill(endlessChild().pid, 'SIGKILL');
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += piece.value;
    const last = JSON.parse(rest.trim().split('\n').at(-1)!);
    expect(last).toMatchObject({
      error: 'model runner has unexpectedly stopped',
      code: 'runner-crashed',
      retryable: true,
    });
    const next = await test.lines(
      await test.post('/api/generate', { model: 'endless', prompt: 'hi', options: { num_predict: 2 } }),
    );
    expect(next.at(-1)).toMatchObject({ done: true });
  });

  it('of a killed child are a 500 before the first line', async () => {
    const body = { model: 'endless', prompt: 'hi', stream: false, options: { ...greedy, num_predict: 2_000 } };
    const child = endlessChild();
    const before = child.said.length;
    const asking = test.post('/api/generate', body);
    await until('the child answers', () => child.said.length > before);
    process.kill(child.pid, 'SIGKILL');
    const response = await asking;
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: 'model runner has unexpectedly stopped' });
  });
});
