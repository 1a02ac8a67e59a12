import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPieceStream } from '../../../src/runner/child/piece-stream.js';
import { toFunctions, toToolRequests } from '../../../src/runner/child/tools.js';
import type { ChatMessage, ToolFunction } from '../../../src/runner/protocol.js';
import { writeTinyGguf } from '../../../src/testing/index.js';
import { chatCall, type TestChild, testChild } from './test-child.js';

const sentence = 'hello, this is a tiny model of tale.';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** A model in a child of its own. */
const loaded = async (modelPath: string): Promise<TestChild> => {
  const loading = testChild();
  expect(await loading.load(modelPath, { contextTokens: 1_024 })).toMatchObject({ type: 'ready' });
  return loading;
};
/** It calls functions, and thinks. */
let child: TestChild;
beforeAll(async () => {
  folder = await temporaryFolder();
  const modelPath = join(folder.path, 'able.gguf');
  await writeTinyGguf(modelPath, { tools: true, thinking: 'let me see' });
  child = await loaded(modelPath);
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('tools', () => {
  const tools: ToolFunction[] = [
    {
      name: 'weather',
      description: 'Says the weather.',
      parameters: {
        type: 'object',
        properties: { city: { enum: ['Paris', 'Rome'] }, days: { type: 'integer', minimum: 1, maximum: 3 } },
      },
    },
    { name: 'now', description: '', parameters: { type: 'object', properties: {} } },
  ];
  const messages: ChatMessage[] = [{ role: 'user', content: 'How is the weather?' }];
  it('are asked for with arguments that fit, each call with an id of its own', async () => {
    const { result, text } = await child.ask(chatCall({ tools, messages }));
    expect(text).toBe('');
    expect(result).toMatchObject({ reason: 'stop', toolCalls: [{ id: 'call_1', name: 'weather' }] });
    const { city, days } = result.toolCalls[0]?.arguments ?? {};
    expect(['Paris', 'Rome']).toContain(city);
    expect([1, 2, 3]).toContain(days);
    expect(result.outputTokens).toBeGreaterThan(5);
    const [again] = (await child.ask(chatCall({ tools, messages }))).result.toolCalls;
    expect(again?.id).toBe('call_2');
  });

  it('are asked for without arguments where there are none', async () => {
    const { result } = await child.ask(chatCall({ tools: tools.slice(1), messages }));
    expect(result.toolCalls).toMatchObject([{ name: 'now', arguments: {} }]);
  });

  it('are answered with text after their result, most of the prompt from the cache', async () => {
    const { result: asked } = await child.ask(chatCall({ tools, messages }));
    const history: ChatMessage[] = [
      ...messages,
      { role: 'assistant', content: '', toolCalls: asked.toolCalls },
      { role: 'tool', content: '{"sky":"clear"}', toolCallId: asked.toolCalls[0]?.id ?? '', toolName: 'weather' },
    ];
    const { text, result } = await child.ask(chatCall({ tools, messages: history }));
    expect(text).toBe(sentence);
    expect(result.toolCalls).toEqual([]);
    expect(result.cachedTokens).toBeGreaterThan(0.8 * (asked.cachedTokens + asked.promptTokens));
  });

  it('are not asked for where none are given, and stand in the exact count where they are', async () => {
    expect((await child.ask(chatCall({ messages }))).text).toBe(sentence);
    const without = await child.ask({ kind: 'template', messages, tools: [] });
    const all = await child.ask({ kind: 'template', messages, tools });
    expect(all.result.prompt).toContain('Says the weather.');
    expect(all.result.tokens).toBeGreaterThan(without.result.tokens);
  });

  it('are refused by a model whose template has none, and so is thinking', async () => {
    const plain = await loaded(inject('tinyPath'));
    const refusal = { type: 'failure', code: 'not-capable' };
    expect((await plain.ask(chatCall({ tools }))).end).toMatchObject({ ...refusal, message: 'does not support tools' });
    expect((await plain.ask(chatCall({ think: true }))).end).toMatchObject({
      ...refusal,
      message: 'does not support thinking',
    });
    expect((await plain.ask(chatCall({ think: false }))).text).toBe(sentence);
  });
});

describe('thinking', () => {
  it('comes apart from the answer, and not at all when it is not wanted or the answer has a shape', async () => {
    for (const think of [null, true]) {
      expect(await child.ask(chatCall({ think }))).toMatchObject({ thinking: 'let me see', text: sentence });
    }
    expect(await child.ask(chatCall({ think: false }))).toMatchObject({ thinking: '', text: sentence });
    const format = { kind: 'schema', schema: { type: 'object', properties: { a: { type: 'string' } } } } as const;
    const shaped = await child.ask(chatCall({ think: true, format }));
    expect(shaped.thinking).toBe('');
    expect(JSON.parse(shaped.text)).toEqual({ a: expect.any(String) });
  });

  it('loses the white space around it, which is the template’s', () => {
    const pieces: [string, boolean][] = [];
    const stream = createPieceStream((text, isThinking) => pieces.push([text, isThinking]));
    for (const [text, isThinking] of [
      ...[
        [' a', false],
        ['\n', true],
        [' let', true],
        [' me', true],
        ['\n\n', false],
        [' so', false],
        [' it', false],
      ],
    ] as [string, boolean][]) {
      stream.add(text, isThinking);
    }
    expect(pieces).toEqual([
      [' a', false],
      ['let', true],
      [' me', true],
      ['so', false],
      [' it', false],
    ]);
  });
});

describe('functions for the library', () => {
  it('have schemas that a grammar is made of; what none can be made of is left open', () => {
    const parametersOf = (parameters: Record<string, unknown>) =>
      toFunctions([{ name: 'f', description: 'd', parameters }])?.f?.params;
    expect(toFunctions([])).toBeNull();
    expect(parametersOf({ properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } } })).toMatchObject({
      type: 'object',
      properties: { a: { oneOf: [{ type: 'string' }, { type: 'null' }] } },
    });
    expect(parametersOf({ properties: { a: { $ref: 'https://example.org' } } })).toEqual({
      type: 'object',
      additionalProperties: true,
    });
    expect(parametersOf({ type: 'object' })).toBeUndefined();
  });

  it('come back as requests; arguments that are no object are none', () => {
    const calls = [
      { functionName: 'f', params: { a: 1 } },
      { functionName: 'g', params: undefined },
    ];
    expect(toToolRequests(calls, () => 'id')).toEqual([
      { id: 'id', name: 'f', arguments: { a: 1 } },
      { id: 'id', name: 'g', arguments: {} },
    ]);
    expect(toToolRequests(undefined, () => 'id')).toEqual([]);
  });
});
