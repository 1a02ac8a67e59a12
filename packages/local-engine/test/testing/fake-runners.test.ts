import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { FromRunner, RunnerCall, ToRunner } from '../../src/runner/protocol.js';
import { type FakeRunnersOptions, fakeRunners } from '../../src/testing/index.js';
import { chatCall } from '../runner/child/test-child.js';

function fake(options: FakeRunnersOptions = {}) {
  const fakes = fakeRunners(options);
  const child = fakes.spawn('entry');
  const heard: FromRunner[] = [];
  child.onMessage((message) => heard.push(message));
  const ask = async (call: RunnerCall, id: number) => {
    child.send({ type: 'call', id, call, priority: 5, maxThreads: null });
    const done = await until('the end', () => heard.find((each) => each.type === 'done' && each.id === id));
    return done.type === 'done' && done.result;
  };
  return { fakes, child, heard, ask };
}

describe('a child that is none', () => {
  it('answers each kind of call the same each time', async () => {
    const { ask, heard } = fake({ text: 'two words' });
    expect(await ask(chatCall(), 1)).toMatchObject({ reason: 'stop', outputTokens: 2, toolCalls: [] });
    expect(heard.flatMap((each) => (each.type === 'delta' ? [each.text] : []))).toEqual(['two', ' words']);
    expect(await ask({ kind: 'embed', input: ['a b', 'c'], truncate: true }, 2)).toEqual({
      ...{
        vectors: [
          [0.6, 0.8],
          [0.6, 0.8],
        ],
        promptTokens: 3,
      },
    });
    const noul = { type: 'noul', instructions: 'Is it?', criteria: { true: null, false: null } } as const;
    const choice = { type: 'choice', instructions: 'Which?', criteria: { a: null, b: 'the second' } } as const;
    const score = { type: 'score', instructions: 'How?', criteria: ['low', 'high'] } as const;
    expect(await ask({ kind: 'decide', state: 's', questions: { noul, choice, score } }, 3)).toMatchObject({
      answers: {
        noul: { type: 'noul', noul: 1 },
        choice: { type: 'choice', choice: 'a', probabilities: { a: 1, b: 0 } },
        score: { type: 'score', score: 0, probabilities: { 0: 1, 1: 0 } },
      },
    });
    expect(await ask({ kind: 'tokenize', text: ' a  b ', addSpecial: true }, 4)).toEqual({ tokens: [0, 1] });
    const { messages } = chatCall();
    expect(await ask({ kind: 'template', messages, tools: [] }, 5)).toEqual({ prompt: 'user: hi', tokens: 2 });
  });

  it('loads, beats and has no GPU', async () => {
    const { child, heard } = fake();
    const load: Extract<ToRunner, { type: 'load' }> = {
      ...{ type: 'load', modelPath: 'm', runtimeDir: 'r', contextTokens: 77, threads: 1, areThreadsFixed: false },
      ...{ slots: 1, batchTokens: 128, gpuLayers: 0 },
    };
    child.send({ type: 'probe', runtimeDir: 'r', threads: 1 });
    child.send(load);
    child.send({ type: 'threads', threads: 2 });
    child.send({ type: 'ping' });
    child.send({ type: 'abort', id: 1 });
    await until('all answers', () => heard.length === 3);
    expect(heard).toMatchObject([
      { type: 'probed', gpu: null },
      { type: 'ready', contextTokens: 77 },
      { type: 'pong' },
    ]);
  });

  it('is silent where a test speaks for it, and ends once', async () => {
    const { child, fakes, heard } = fake({ isAnswering: false });
    const [first] = fakes.all;
    const exits: string[] = [];
    child.onExit((reason) => exits.push(reason));
    child.send({ type: 'ping' });
    first?.emit({ type: 'pong', residentBytes: 1 });
    expect(first?.received).toEqual([{ type: 'ping' }]);
    expect(heard).toHaveLength(1);
    first?.crash();
    first?.crash();
    child.kill();
    first?.emit({ type: 'pong', residentBytes: 1 });
    expect(exits).toEqual(['signal SIGSEGV']);
    expect([first?.isKilled, heard.length]).toEqual([true, 1]);
  });
});
