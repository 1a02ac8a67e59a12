import { describe, expect, it } from 'vitest';
import type { FakeAnthropicFault } from '../../../src/testing/index.js';
import { openClaude, playCall } from '../../setup/open-claude.js';

const request = { role: 'ux', messages: [{ role: 'user', content: '[say hello]' }] } as const;

const cases: readonly [what: string, fault: FakeAnthropicFault, reason: string, attempts: number][] = [
  ['busy without a time to wait', { kind: 'status-429', headers: {} }, 'overloaded', 3],
  ['overloaded', { kind: 'status-529' }, 'overloaded', 3],
  ['without the right key', { kind: 'status-401' }, 'configuration', 2],
  ['without credit', { kind: 'spend-limit' }, 'configuration', 2],
  ['out of reach', { kind: 'refuse' }, 'backend-down', 2],
  ['broken', { kind: 'status-500' }, 'backend-down', 2],
  ['without the model', { kind: 'status-404' }, 'model-missing', 2],
  ['too small for the prompt', { kind: 'prompt-too-long' }, 'context-too-long', 2],
  ['silent', { kind: 'silent' }, 'first-token-timeout', 2],
];

describe('where Claude is', () => {
  it.each(cases)('%s, the local model answers', async (_what, fault, reason, attempts) => {
    await using opened = await openClaude({}, fault.kind === 'silent' ? { timeoutMs: 150 } : {});
    await opened.claude.set(fault);
    const { ends, events, text, error } = await playCall(opened, request, false);
    expect(error).toBeNull();
    expect(text).toBe('hello');
    expect(ends).toHaveLength(attempts);
    expect(ends.at(-1)).toMatchObject({ status: 'ok', backend: 'local', model: 'small:1b', fallbackFrom: 'cloud' });
    expect(events.find(({ type }) => type === 'call-fallback')).toMatchObject({
      from: 'cloud',
      to: 'small',
      reason,
      dropText: false,
    });
    await opened.claude.set();
  });

  it('well again, it answers again', async () => {
    await using opened = await openClaude();
    await opened.claude.set({ kind: 'status-500', times: 1 });
    const answered = [];
    for (const _ of [1, 2]) answered.push((await playCall(opened, request, true)).ends.at(-1)?.backend);
    expect(answered).toEqual(['local', 'claude']);
  });

  it('busy for a named time, a local model that is there answers meanwhile', async () => {
    await using opened = await openClaude();
    await playCall(opened, { ...request, preferredModel: 'small' }, true);
    await opened.claude.set({ kind: 'status-429', times: 1, headers: { 'retry-after': '20' } });
    const { ends, events } = await playCall(opened, request, true);
    expect(ends.map(({ backend }) => backend)).toEqual(['claude', 'local']);
    expect(events.find(({ type }) => type === 'call-fallback')).toMatchObject({ reason: 'overloaded' });
    expect(opened.claude.log).toHaveLength(1);
  });

  it('busy for a named time, it is left alone for that time', async () => {
    await using opened = await openClaude();
    await opened.claude.set({ kind: 'status-429', times: 1, headers: { 'retry-after-ms': '300' } });
    const startedMs = performance.now();
    const { ends, error } = await playCall(opened, { ...request, role: 'planning' }, true);
    expect(error).toBeNull();
    expect(ends.map(({ backend }) => backend)).toEqual(['claude', 'claude']);
    expect(ends[0]?.error?.retryAfterMs).toBe(300);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(295);
  });
});

describe('through a pool', () => {
  it('an answer has the counts of the API', async () => {
    await using opened = await openClaude();
    const { ends } = await playCall(opened, { ...request, role: 'planning' }, false);
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({
      status: 'ok',
      finishReason: 'stop',
      provider: 'anthropic',
      usage: {
        inputTokens: opened.claude.log[0]?.inputTokens,
        outputTokens: 1,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        source: 'reported',
      },
    });
    expect(opened.claude.log).toHaveLength(1);
  });

  it('an aborted answer has the exact count of its prompt', async () => {
    await using opened = await openClaude();
    const controller = new AbortController();
    const content = 'one two three [tokens=1000] [rate=50]';
    const prompt = { role: 'planning', messages: [{ role: 'user', content }], signal: controller.signal } as const;
    const unsubscribe = opened.pool.subscribe((event) => {
      if (event.type === 'text-delta' && event.offset > 0) controller.abort();
    });
    const { ends, error } = await playCall(opened, prompt, false);
    unsubscribe();
    expect(error?.code).toBe('aborted');
    expect(ends[0]?.usage).toMatchObject({ inputTokens: opened.claude.log[0]?.inputTokens, source: 'partial' });
  });

  it('an answer is cut at its limit by the API and says so', async () => {
    await using opened = await openClaude();
    const messages = [{ role: 'user', content: '[tokens=20]' }] as const;
    const { ends } = await playCall(opened, { role: 'planning', messages, maxOutputTokens: 5 }, true);
    expect(ends[0]).toMatchObject({
      status: 'ok',
      finishReason: 'length',
      usage: { outputTokens: 5, source: 'reported' },
    });
  });

  it('tools are asked for and answered', async () => {
    await using opened = await openClaude();
    const tools = [{ name: 'look', parameters: { type: 'object' } }];
    const user = { role: 'user', content: '[call look {"at":"x"}]' } as const;
    const first = await opened.pool.generate({ role: 'planning', messages: [user], tools });
    expect(first.end.finishReason).toBe('tool-calls');
    expect(first.toolCalls).toMatchObject([{ name: 'look', arguments: { at: 'x' } }]);
    const assistant = { role: 'assistant', content: first.text, toolCalls: first.toolCalls } as const;
    const answer = { role: 'tool', content: '[say dark]', toolCallId: first.toolCalls[0]?.id } as const;
    const second = await opened.pool.generate({ role: 'planning', messages: [user, assistant, answer], tools });
    expect(second).toMatchObject({ text: 'dark', end: { finishReason: 'stop' } });
  });

  it('questions are answered by a schema', async () => {
    await using opened = await openClaude();
    const { answers, method } = await opened.pool.decide({
      role: 'planning',
      state: 'it rains',
      questions: {
        wet: { type: 'noul', instructions: 'Is it wet?' },
        what: { type: 'choice', instructions: 'What is it?', criteria: { rain: null, sun: null } },
        much: { type: 'score', instructions: 'How much?', criteria: ['little', 'much'] },
      },
    });
    expect(method).toBe('schema');
    expect(answers).toMatchObject({ wet: { noul: 1 }, what: { choice: 'rain' }, much: { score: 0 } });
  });

  it('its state shows the models that it is configured with', async () => {
    await using opened = await openClaude();
    await opened.pool.start();
    const { models } = opened.pool.status();
    expect(models.find(({ id }) => id === 'cloud')).toMatchObject({
      backend: 'claude',
      ready: true,
      memoryBytes: null,
    });
    expect(opened.claude.log).toEqual([]);
  });
});
