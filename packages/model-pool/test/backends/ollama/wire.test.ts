import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '../../../src/backends/http/failures.js';
import { plainName } from '../../../src/backends/model-name.js';
import {
  readCounts,
  readEnd,
  readInstalled,
  readLoaded,
  readShow,
  textBody,
} from '../../../src/backends/ollama/wire.js';
import { readCount } from '../../../src/backends/read-count.js';

const unwritten = { cacheWriteTokens: null, reasoningTokens: null };

const profile = {
  model: 'm',
  contextTokens: 4096,
  maxOutputTokens: 4096,
  think: true,
  slots: 1,
  isEmbedder: false,
  runner: { num_ctx: 4096, num_thread: 3 },
  keepAlive: '10m',
} as const;
const request = {
  profile,
  messages: [{ role: 'user', content: 'hi' }] as const,
  prompt: null,
  system: null,
  format: undefined,
  think: true,
  maxOutputTokens: 9,
  temperature: null,
  topP: null,
  seed: null,
  stop: [],
  tools: [],
  toolChoice: 'auto',
  signal: new AbortController().signal,
  firstTokenMs: 1,
  stallMs: 1,
} as const;

describe('what is sent', () => {
  const tools = ['weather', 'clock'].map((name) => ({ name, parameters: { type: 'object' } }));
  const [all, one] = ['Answer by calling at least one of the tools.', 'Answer by calling the tool clock.'];
  const user = { role: 'user', content: 'hi' } as const;
  const own = { role: 'system', content: 'be brief' } as const;

  it.each([
    ['auto', null, [user], [user]],
    ['none', null, [user], [user]],
    ['required', null, [user], [{ role: 'system', content: all }, user]],
    ['required', 'be kind', [user], [{ role: 'system', content: `be kind\n\n${all}` }, user]],
    ['required', null, [own, user], [{ role: 'system', content: `be brief\n\n${all}` }, user]],
    [{ name: 'clock' }, null, [user], [{ role: 'system', content: one }, user]],
  ] as const)(
    'a tool that must be called is asked for: %j with the system prompt %j',
    (toolChoice, system, messages, sent) => {
      expect(textBody({ ...request, tools, toolChoice, system, messages }).body.messages).toEqual(sent);
    },
  );

  it('nothing is said of tools where there are none', () => {
    expect(textBody({ ...request, toolChoice: 'required' }).body.messages).toEqual([user]);
  });

  it('a chat carries the profile, streams, is not truncated in silence, and thinks as the profile says', () => {
    expect(textBody(request)).toEqual({
      path: '/api/chat',
      body: {
        model: 'm',
        stream: true,
        think: true,
        keep_alive: '10m',
        truncate: false,
        options: { num_ctx: 4096, num_thread: 3, num_predict: 9 },
        messages: [{ role: 'user', content: 'hi' }],
      },
    });
  });

  it('a format switches thinking off, a system prompt stands first', () => {
    const { body } = textBody({ ...request, format: { type: 'object' }, system: 'brief' });
    expect(body).toMatchObject({
      think: false,
      format: { type: 'object' },
      messages: [
        { role: 'system', content: 'brief' },
        { role: 'user', content: 'hi' },
      ],
    });
    expect(textBody({ ...request, messages: null, prompt: 'p', system: 's', temperature: 0 })).toMatchObject({
      path: '/api/generate',
      body: { prompt: 'p', system: 's', options: { temperature: 0 } },
    });
  });
});

describe('what is received', () => {
  it('only whole numbers up to 2^40 are counts', () => {
    for (const value of [-1, 0.5, Number.NaN, 1e308, '3', null, undefined, 2 ** 41])
      expect(readCount(value)).toBeNull();
    for (const value of [0, 7, 2 ** 40]) expect(readCount(value)).toBe(value);
  });

  it('the newest sensible count stays', () => {
    const counts = { inputTokens: null, outputTokens: null, cacheReadTokens: null, ...unwritten };
    readCounts({ prompt_eval_count: 5, eval_count: 1 }, counts);
    readCounts({ prompt_eval_count: -1, eval_count: 2, timings: { cache_n: 4 } }, counts);
    readCounts({ timings: 'x' }, counts);
    expect(counts).toEqual({ inputTokens: 5, outputTokens: 2, cacheReadTokens: 4, ...unwritten });
  });

  it('durations are nanoseconds, left out when 0, and unknown when they make no sense', () => {
    expect(
      readEnd({ done_reason: 'length', total_duration: 9e6, prompt_eval_duration: 2e6, eval_duration: 3e6 }),
    ).toEqual({
      finishReason: 'length',
      times: { totalMs: 9, loadMs: 0, prefillMs: 2, decodeMs: 3 },
    });
    for (const line of [
      {},
      { total_duration: -1 },
      { total_duration: 'x' },
      { total_duration: 1e6, eval_duration: 5e6 },
      { total_duration: 1e6, eval_duration: -5 },
    ]) {
      expect(readEnd(line)).toEqual({ finishReason: 'stop', times: null });
    }
  });

  it('entries of odd servers are read as far as they go', () => {
    expect(readInstalled({ name: 'a', digest: 'sha256:ff' })).toEqual({
      model: 'a',
      digest: 'ff',
      bytes: 0,
      capabilities: null,
      kvBytesPerToken: null,
      contextTokens: null,
    });
    expect(readLoaded({ name: 'a', expires_at: 'never', size: 5 })).toEqual({
      model: 'a',
      digest: null,
      bytes: 5,
      contextTokens: null,
      expiresAtMs: null,
    });
    const model = readInstalled({ name: 'a' });
    expect(readShow(model, {})).toEqual(model);
    for (const base_bytes of [-1, 0, 'x', null]) expect(readShow(model, { base_bytes })).toEqual(model);
    expect(readShow(model, { base_bytes: 7 })).toEqual({ ...model, baseBytes: 7 });
    expect(
      readShow(model, {
        model_info: {
          'general.architecture': 'x',
          'x.block_count': 2,
          'x.attention.head_count': 4,
          'x.attention.key_length': 10,
        },
      }).kvBytesPerToken,
    ).toBe(320);
  });

  it('the tag that stands where none is given does not make another name', () => {
    expect(plainName('a:latest')).toBe('a');
    expect(plainName('a:1b')).toBe('a:1b');
  });

  it('Retry-After is seconds or a date, at most 30 s', () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const atMs = (delayMs: number) => new Date(nowMs + delayMs).toUTCString();
    expect(readRetryAfter(null, nowMs)).toBeNull();
    expect(readRetryAfter('2', nowMs)).toBe(2_000);
    expect(readRetryAfter('900', nowMs)).toBe(30_000);
    expect(readRetryAfter('soon', nowMs)).toBeNull();
    expect(readRetryAfter(atMs(-5_000), nowMs)).toBe(0);
    expect(readRetryAfter(atMs(7_000), nowMs)).toBe(7_000);
    expect(readRetryAfter(atMs(70_000), nowMs)).toBe(30_000);
  });
});
