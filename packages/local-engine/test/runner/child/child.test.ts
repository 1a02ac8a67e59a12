import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fitMessages, toHistory } from '../../../src/runner/child/conversation.js';
import type { LlamaSequence } from '../../../src/runner/child/llama.js';
import { createPrefill } from '../../../src/runner/child/prefill.js';
import { importRuntime } from '../../../src/runner/child/runtime.js';
import { type RunnerHost, serveRunner } from '../../../src/runner/child/serve.js';
import { chooseSliceTokens } from '../../../src/runner/child/slices.js';
import type { ChatMessage, FromRunner, RunnerCall, ToRunner } from '../../../src/runner/protocol.js';
import { writeTinyGguf } from '../../../src/testing/index.js';

const message = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content });

describe('conversation', () => {
  it('ends with an answer to be written, or to be gone on with', () => {
    expect(toHistory([message('system', 's'), message('user', 'u'), message('tool', 't')])).toEqual([
      { type: 'system', text: 's' },
      { type: 'user', text: 'u' },
      { type: 'user', text: 't' },
      { type: 'model', response: [] },
    ]);
    expect(toHistory([message('user', 'u'), message('assistant', 'half')]).at(-1)).toEqual({
      type: 'model',
      response: ['half'],
    });
  });

  it('loses its oldest messages until it fits, never a system prompt and never the last one', () => {
    const count = (messages: readonly ChatMessage[]) => messages.reduce((sum, { content }) => sum + content.length, 0);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 9 })), { minLength: 1 }),
        fc.nat(60),
        (shape, limit) => {
          const messages = shape.map(([isSystem, length]) => message(isSystem ? 'system' : 'user', 'x'.repeat(length)));
          const fitted = fitMessages(messages, limit, count);
          const least = messages.filter(({ role }, at) => role === 'system' || at === messages.length - 1);
          if (fitted === null) {
            expect(count(least)).toBeGreaterThan(limit);
            return;
          }
          expect(count(fitted)).toBeLessThanOrEqual(limit);
          expect(fitted).toEqual(expect.arrayContaining(least));
          expect(fitted.at(-1)).toBe(messages.at(-1));
        },
      ),
    );
  });
});

describe('prefill', () => {
  it('aims at a quarter of a second a slice, within 16 and 512 tokens', () => {
    expect([null, 0.001, 0.2, 0.5, 99].map(chooseSliceTokens)).toEqual([32, 16, 50, 125, 512]);
  });

  const sequenceOf = (held: number) => {
    const slices: number[] = [];
    let nextTokenIndex = held;
    const sequence = {
      get nextTokenIndex() {
        return nextTokenIndex;
      },
      adaptStateToTokens: async () => {},
      async evaluateWithoutGeneratingNewTokens(tokens: number[]) {
        slices.push(tokens.length);
        nextTokenIndex += tokens.length;
      },
    } as unknown as LlamaSequence;
    return { sequence, slices };
  };
  const tokens = Array.from({ length: 1_000 }, (_, at) => at);
  const signal = new AbortController().signal;

  it('evaluates what is missing but the last token, in slices of the measured rate', async () => {
    let now = 0;
    const prefill = createPrefill(() => {
      now += 100;
      return now;
    });
    const { sequence, slices } = sequenceOf(40);
    const seen: number[] = [];
    expect(await prefill.run(sequence, tokens, { signal, onSlice: (done) => seen.push(done) })).toBe(40);
    expect(slices.reduce((sum, slice) => sum + slice, 0)).toBe(959);
    expect(slices[0]).toBe(32);
    expect(slices[1]).toBe(80); // 32 tokens took 100 ms
    expect(seen.at(-1)).toBe(999);
  });

  it('evaluates nothing when all is there, and counts the last token as new', async () => {
    const { sequence, slices } = sequenceOf(1_000);
    expect(await createPrefill().run(sequence, tokens, { signal, onSlice: () => {} })).toBe(999);
    expect(slices).toEqual([]);
  });

  it('stops behind the running slice', async () => {
    const stopped = new AbortController();
    const { sequence, slices } = sequenceOf(0);
    const running = createPrefill().run(sequence, tokens, { signal: stopped.signal, onSlice: () => stopped.abort() });
    await expect(running).rejects.toThrow();
    expect(slices).toEqual([32]);
  });
});

describe('child', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let modelPath: string;
  let say: (message: ToRunner) => void = () => {};
  const heard: FromRunner[] = [];
  const waiters = new Set<() => void>();

  /** The first message of a kind since `from`. */
  const hear = async <Type extends FromRunner['type']>(type: Type, from = 0) => {
    for (;;) {
      const found = heard.slice(from).find((each) => each.type === type);
      if (found) return found as Extract<FromRunner, { type: Type }>;
      await new Promise<void>((resolve) => waiters.add(resolve));
    }
  };
  const host = (overrides: Partial<RunnerHost> = {}): RunnerHost => ({
    send(sent) {
      heard.push(sent);
      for (const wake of waiters) wake();
      waiters.clear();
    },
    onMessage(listener) {
      say = listener;
    },
    importRuntime,
    residentBytes: () => 7,
    ...overrides,
  });
  const call: RunnerCall = {
    kind: 'chat',
    messages: [message('user', 'hi')],
    truncate: true,
    maxTokens: 20,
    sampling: {
      temperature: 0,
      topK: 40,
      topP: 0.9,
      minP: 0,
      seed: 1,
      stop: [],
      repeatPenalty: 1,
      repeatLastTokens: 64,
    },
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    modelPath = join(folder.path, 'tiny.gguf');
    await writeTinyGguf(modelPath, { endless: true });
    serveRunner(host());
    say({ type: 'load', modelPath, runtimeDir: inject('runtimeDir'), contextTokens: 512, threads: 1 });
    expect(await hear('ready')).toMatchObject({ contextTokens: 512, residentBytes: 7 });
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  it('answers, with text on the way and counts at the end', async () => {
    say({ type: 'threads', threads: 1 });
    say({ type: 'call', id: 1, call });
    const { result } = await hear('done');
    expect(result).toMatchObject({ reason: 'length', outputTokens: 20, cachedTokens: 0 });
    const text = heard.map((each) => (each.type === 'delta' ? each.text : '')).join('');
    expect(text).toMatch(/^hello, this is a tiny model of tale\. ?hello/);
    expect(heard.some(({ type }) => type === 'progress')).toBe(true);
  });

  it('answers raw text, with penalties and stop texts', async () => {
    const from = heard.length;
    const sampling = { ...call.sampling, seed: null, stop: ['tale'], repeatPenalty: 1.1 };
    say({ type: 'call', id: 2, call: { kind: 'raw', prompt: 'hello', maxTokens: null, sampling } });
    expect((await hear('done', from)).result).toMatchObject({ reason: 'stop' });
  });

  it('drops an answer at once when it is told to, and goes on', async () => {
    const from = heard.length;
    say({ type: 'call', id: 3, call: { ...call, maxTokens: null } });
    await hear('delta', from);
    say({ type: 'abort', id: 3 });
    say({ type: 'abort', id: 999 });
    expect(await hear('failure', from)).toMatchObject({ id: 3, code: 'aborted' });
    const next = heard.length;
    say({ type: 'call', id: 4, call });
    expect((await hear('done', next)).id).toBe(4);
  });

  it('refuses what does not fit its context', async () => {
    const from = heard.length;
    say({ type: 'call', id: 5, call: { ...call, truncate: false, messages: [message('user', 'x '.repeat(600))] } });
    expect(await hear('failure', from)).toMatchObject({ id: 5, code: 'context-exceeded' });
  });

  it('says that it lives', async () => {
    const from = heard.length;
    say({ type: 'ping' });
    expect(await hear('pong', from)).toEqual({ type: 'pong', residentBytes: 7 });
  });

  it('reads headers of files', async () => {
    const from = heard.length;
    say({ type: 'inspect', path: modelPath });
    expect((await hear('inspected', from)).facts).toMatchObject({ architecture: 'llama' });
    say({ type: 'inspect', path: join(folder.path, 'missing') });
    expect(await hear('failure', from)).toMatchObject({ id: null, code: 'invalid-gguf' });
  });

  it('says what is wrong when nothing is loaded, or nothing can be', async () => {
    serveRunner(host());
    const from = heard.length;
    say({ type: 'call', id: 1, call });
    expect(await hear('failure', from)).toMatchObject({ id: 1, code: 'internal' });
    const next = heard.length;
    say({
      type: 'load',
      modelPath: join(folder.path, 'missing'),
      runtimeDir: '/nowhere',
      contextTokens: 512,
      threads: 1,
    });
    expect(await hear('failure', next)).toMatchObject({ id: null, code: 'runtime-missing' });
  });
});
