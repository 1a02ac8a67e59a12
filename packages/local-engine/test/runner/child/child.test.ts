import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemThreadMeter } from '../../../src/runner/child/thread-meter.js';
import type { RunnerCall } from '../../../src/runner/protocol.js';
import { writeTinyGguf } from '../../../src/testing/index.js';
import { chatCall, greedy, type TestChild, testChild } from './test-child.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let modelPath: string;
let child: TestChild;

beforeAll(async () => {
  folder = await temporaryFolder();
  modelPath = join(folder.path, 'tiny.gguf');
  await writeTinyGguf(modelPath, { endless: true });
  child = testChild();
  expect(await child.load(modelPath, { slots: 3 })).toMatchObject({
    contextTokens: 512,
    residentBytes: 7,
    vramBytes: 0,
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('a child', () => {
  it('answers, with text on the way and counts at the end', async () => {
    child.say({ type: 'threads', threads: 1 });
    const { text, result, messages } = await child.ask(chatCall({ maxTokens: 20 }));
    expect(text).toMatch(/^hello, this is a tiny model of tale\. ?hello/);
    expect(result).toMatchObject({ reason: 'length', outputTokens: 20, cachedTokens: 0, toolCalls: [] });
    const last = messages.filter((each) => each.type === 'delta').at(-1);
    expect(last).toMatchObject({ isThinking: false, inputTokens: result.promptTokens, outputTokens: 20 });
    expect(child.heard.some(({ type }) => type === 'progress')).toBe(true);
  });

  it('answers raw text, with penalties and stop texts', async () => {
    const sampling = {
      ...greedy,
      seed: null,
      stop: ['tale'],
      repeatPenalty: 1.1,
      presencePenalty: 0.1,
      frequencyPenalty: 0.1,
    };
    const call = { kind: 'raw', prompt: 'hello', maxTokens: null, format: null, sampling } as const;
    const { text, result } = await child.ask(call);
    expect(result.reason).toBe('stop');
    expect(text).not.toContain('tale');
  });

  it('drops an answer within a token when it is told to, and goes on', async () => {
    let after = 0;
    const { end } = await child.ask(chatCall({ maxTokens: null }), {
      onMessage(message, abort) {
        if (message.type === 'delta' && ++after === 8) abort(); // the first token is a word, which comes in letters
      },
    });
    expect(end).toMatchObject({ type: 'failure', code: 'aborted' });
    expect(after).toBeLessThanOrEqual(9);
    child.say({ type: 'abort', id: 999 });
    expect((await child.ask(chatCall())).result.reason).toBe('length');
  });

  it('drops a prompt within a slice', async () => {
    const messages = [{ role: 'user', content: 'q'.repeat(400) } as const];
    let slices = 0;
    const { end } = await child.ask(chatCall({ messages }), {
      onMessage(message, abort) {
        if (message.type === 'prefill' && ++slices === 1) abort();
      },
    });
    expect(end).toMatchObject({ type: 'failure', code: 'aborted' });
    expect(slices).toBe(1);
  });

  it('refuses what does not fit its context', async () => {
    const messages = [{ role: 'user', content: 'x '.repeat(600) } as const];
    const { end } = await child.ask(chatCall({ truncate: false, messages }));
    expect(end).toMatchObject({ type: 'failure', code: 'context-exceeded' });
    expect((await child.ask(chatCall({ truncate: true, messages }))).end).toMatchObject({ code: 'context-exceeded' });
  });

  it('refuses what is far too long without reading the whole of it', async () => {
    const text = 'x '.repeat(200_000);
    const message = expect.stringMatching(/more than \d+ tokens/);
    const messages = [{ role: 'user', content: text } as const];
    for (const truncate of [false, true]) {
      const { end } = await child.ask(chatCall({ truncate, messages }));
      expect(end).toMatchObject({ type: 'failure', code: 'context-exceeded', message });
    }
    const raw = { kind: 'raw', prompt: text, maxTokens: null, format: null, sampling: greedy } as const;
    const { end } = await child.ask(raw);
    expect(end).toMatchObject({ type: 'failure', code: 'context-exceeded', message });
  });

  it('says that it lives', async () => {
    const from = child.heard.length;
    child.say({ type: 'ping' });
    expect(await child.hear('pong', from)).toEqual({ type: 'pong', residentBytes: 7 });
  });

  it('reads headers of files', async () => {
    const from = child.heard.length;
    child.say({ type: 'inspect', path: modelPath });
    expect((await child.hear('inspected', from)).facts).toMatchObject({ architecture: 'llama' });
    child.say({ type: 'inspect', path: join(folder.path, 'missing') });
    expect(await child.hear('failure', from)).toMatchObject({ id: null, code: 'internal' });
  });

  it('finds no GPU with the binaries for a CPU', async () => {
    const other = testChild();
    other.say({ type: 'probe', runtimeDir: inject('runtimeDir'), threads: 1 });
    expect(await other.hear('probed')).toEqual({
      ...{ type: 'probed', gpu: null, vramFreeBytes: 0, vramTotalBytes: 0, isUnified: false },
    });
    expect(await other.load(modelPath, { gpuLayers: null })).toMatchObject({ type: 'ready', vramBytes: 0 });
  });

  it('says what is wrong when nothing is loaded, or nothing can be', async () => {
    const empty = testChild();
    expect((await empty.ask(chatCall())).end).toMatchObject({ id: 1, code: 'internal' });
    const missing = join(folder.path, 'missing');
    expect(await empty.load(missing, { runtimeDir: '/nowhere' })).toMatchObject({ id: null, code: 'runtime-missing' });
    expect(await testChild().load(missing)).toMatchObject({ id: null, code: 'load-failed' });
    const probed = testChild();
    probed.say({ type: 'probe', runtimeDir: '/nowhere', threads: 1 });
    expect(await probed.hear('failure')).toMatchObject({ id: null, code: 'runtime-missing' });
  });
});

describe('slots', () => {
  const say = (content: string) => chatCall({ messages: [{ role: 'user', content }], maxTokens: 5 });

  it('answer at the same time', async () => {
    const begun = new Set<number>();
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((content, index) =>
        child.ask(say(content), {
          onMessage(message) {
            if (message.type === 'delta') begun.add(index);
            if (message.type === 'done') expect(begun.size).toBe(3); // all had begun before the first was done
          },
        }),
      ),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await Promise.all(['1', '2', '3', '4'].map((each) => child.ask(say(each))))).at(-1)?.end).toMatchObject({
      code: 'internal',
    });
  });

  it('keep their tokens, each for its own conversation', async () => {
    const conversations = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
    for (const content of conversations) await child.ask(say(content));
    for (const content of [...conversations].reverse()) {
      const { promptTokens, cachedTokens } = (await child.ask(say(content))).result;
      expect(promptTokens).toBe(1); // the last token is always evaluated again
      expect(cachedTokens).toBeGreaterThan(40);
    }
  });

  it('are never lost: 60 calls that are aborted at random, then all of them answer', async () => {
    let random = 7;
    const draw = (below: number) => {
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
      return random % below;
    };
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        [0, 1, 2].map(() => {
          const abortAt = draw(8);
          let seen = 0;
          const messages = [{ role: 'user', content: String(draw(99)).repeat(1 + draw(150)) } as const];
          return child.ask(chatCall({ messages, maxTokens: 10 }), {
            onMessage(_, abort) {
              if (seen++ === abortAt) abort();
            },
          });
        }),
      );
    }
    const after = await Promise.all(['x', 'y', 'z'].map((each) => child.ask(say(each))));
    for (const { result } of after) expect(result.outputTokens).toBe(5);
  });

  it('let a more urgent prompt go first, slice by slice', async () => {
    let now = 0;
    const slow = testChild({ meter: { ...systemThreadMeter, now: () => (now += 1_000) } }); // slices are as short as can be
    await slow.load(modelPath, { slots: 2 });
    const long = (letter: string, priority: number) =>
      slow.ask(chatCall({ messages: [{ role: 'user', content: letter.repeat(400) }], maxTokens: 1 }), { priority });
    const low = long('m', 1);
    await slow.hear('prefill');
    await Promise.all([low, long('n', 9)]);
    const ids = slow.heard.flatMap((each) => (each.type === 'prefill' ? [each.id] : []));
    const [lowId = 0, highId = 0] = [...new Set(ids)];
    // Once the urgent one has begun, at most the slice that was running comes in between.
    const between = ids.slice(ids.indexOf(highId), ids.lastIndexOf(highId)).filter((id) => id === lowId);
    expect(ids.filter((id) => id === highId).length).toBeGreaterThan(2);
    expect(between.length).toBeLessThanOrEqual(1);
  });
});

describe('calls beside text', () => {
  it('are vectors of length 1, of texts that are cut or refused when they are too long', async () => {
    const input = ['hello', 'this is a tiny model', '', 'a b c '.repeat(500)];
    const { result } = await child.ask({ kind: 'embed', input, truncate: true });
    expect(result.vectors).toHaveLength(4);
    for (const vector of result.vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
    expect(result.vectors[0]).not.toEqual(result.vectors[1]);
    expect(result.promptTokens).toBeGreaterThan(500);
    const refused = await child.ask({ kind: 'embed', input: ['a b c '.repeat(500)], truncate: false });
    expect(refused.end).toMatchObject({ type: 'failure', code: 'context-exceeded' });
    const aborted = await child.ask({ kind: 'embed', input, truncate: true }, { onMessage: (_, abort) => abort() });
    expect(aborted.end).toMatchObject({ code: 'aborted' });
  });

  it('are decisions with probabilities', async () => {
    const { result } = await child.ask({
      ...{ kind: 'decide', state: 'Please repair the login.' },
      questions: {
        plain: { type: 'noul', instructions: 'Is it work?', criteria: { true: null, false: null } },
        told: { type: 'noul', instructions: 'Is it work?', criteria: { true: 'It is', false: null } },
        kind: { type: 'choice', instructions: 'What is it?', criteria: { task: 'work', chat: null, question: null } },
        size: { type: 'score', instructions: 'How large?', criteria: ['small', 'middle', 'large'] },
      },
    });
    const sum = (probabilities: object) => Object.values(probabilities).reduce((total, each) => total + each, 0);
    const { plain, told, kind, size } = result.answers;
    for (const answer of [plain, told]) {
      expect(answer).toMatchObject({ type: 'noul' });
      expect(answer?.type === 'noul' && answer.noul > 0 && answer.noul < 1).toBe(true);
    }
    if (kind?.type !== 'choice' || size?.type !== 'score') throw new Error('other kinds were asked for');
    expect(Object.keys(kind.probabilities).sort()).toEqual(['chat', 'question', 'task']);
    expect(Object.keys(size.probabilities)).toEqual(['0', '1', '2']);
    expect(sum(kind.probabilities)).toBeCloseTo(1);
    expect(sum(size.probabilities)).toBeCloseTo(1);
    expect(size.score).toBeGreaterThan(0);
    expect(result.promptTokens).toBeGreaterThan(0);
  });

  it('refuse a text that leaves no room for a question', async () => {
    const questions = { it: { type: 'noul', instructions: 'Is it?', criteria: { true: null, false: null } } } as const;
    const { end } = await child.ask({ kind: 'decide', state: 'word '.repeat(900), questions });
    expect(end).toMatchObject({ type: 'failure', code: 'context-exceeded' });
  });

  const long = 'word '.repeat(1_000_000);
  const user = { role: 'user', content: 'hi' } as const;
  const asked = { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', arguments: { long } }] } as const;
  const question = { type: 'noul', instructions: 'Is it?', criteria: { true: null, false: null } } as const;
  it.each<[string, RunnerCall]>([
    ['a text to count', { kind: 'tokenize', text: long, addSpecial: false }],
    ['a conversation to count', { kind: 'template', messages: [{ ...user, content: long }], tools: [] }],
    ['a call in it', { kind: 'template', messages: [user, asked], tools: [] }],
    [
      'a function in it',
      { kind: 'template', messages: [user], tools: [{ name: 'f', description: long, parameters: {} }] },
    ],
    ['a text to decide on', { kind: 'decide', state: long, questions: { question } }],
    ['a question', { kind: 'decide', state: '', questions: { question: { ...question, instructions: long } } }],
    [
      'a choice',
      {
        kind: 'decide',
        state: '',
        questions: { one: { type: 'choice', instructions: '', criteria: { a: long, b: null } } },
      },
    ],
    [
      'a grade',
      { kind: 'decide', state: '', questions: { one: { type: 'score', instructions: '', criteria: [long] } } },
    ],
    ['a call in a conversation', chatCall({ truncate: false, messages: [user, asked] })],
  ])('refuse %s of 5 MB without reading the whole of it', async (_, call) => {
    const message = expect.stringMatching(/more than \d+ tokens/);
    expect((await child.ask(call)).end).toMatchObject({ type: 'failure', code: 'context-exceeded', message });
  });

  it('count a text that is longer than the context, as long as the model could read it', async () => {
    const { result } = await child.ask({ kind: 'tokenize', text: '1 '.repeat(900), addSpecial: false });
    expect(result.tokens.length).toBeGreaterThan(512); // the context
  });

  it('are exact counts: of a text, and of a conversation in its template', async () => {
    const text = 'hello, this is';
    const plain = await child.ask({ kind: 'tokenize', text, addSpecial: false });
    const special = await child.ask({ kind: 'tokenize', text, addSpecial: true });
    expect(special.result.tokens).toEqual([1, ...plain.result.tokens]);
    const { messages } = chatCall();
    const template = await child.ask({ kind: 'template', messages, tools: [] });
    expect(template.result.prompt).toContain('<|user|>\nhi');
    const { promptTokens, cachedTokens } = (await child.ask(chatCall({ maxTokens: 1 }))).result;
    expect(template.result.tokens).toBe(promptTokens + cachedTokens);
  });
});
