import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileEntry, type TinyGgufOptions, writeTinyGguf } from '../../src/testing/index.js';
import { type TestEngine, testEngine } from '../test-engine.js';
import { eventsOf, linesOf } from './scripted-engine.js';

const sentence = 'hello, this is a tiny model of tale.';
const messages = [{ role: 'user', content: 'hi' }];
const options = { temperature: 0 };
const parameters = { type: 'object', properties: { city: { type: 'string', maxLength: 4 } }, required: ['city'] };
const tools = [{ type: 'function', function: { name: 'weather', description: 'of a city', parameters } }];

type Body = Record<string, unknown>;

describe('whole paths with a real model', () => {
  let folder: TemporaryFolder;
  let test: TestEngine;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const entry = async (name: string, capabilities: string[], tiny: TinyGgufOptions) => {
      const path = join(folder.path, `${name}.gguf`);
      await writeTinyGguf(path, tiny);
      return fileEntry(`${name}:latest`, path, capabilities);
    };
    test = await testEngine({
      catalog: [
        await entry('tiny', ['completion'], {}),
        await entry('able', ['completion', 'tools', 'thinking'], { tools: true, thinking: 'words come slowly' }),
      ],
      install: ['tiny', 'able'],
    });
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const ask = async (path: string, body: object) => {
    const response = await test.post(path, body);
    return { status: response.status, body: (await response.json()) as Body };
  };

  it('a schema is kept', async () => {
    const schema = {
      type: 'object',
      properties: {
        kind: { enum: ['code', 'chat'] },
        count: { type: 'integer' },
        note: { anyOf: [{ const: 'a' }, { type: 'null' }] },
      },
      required: ['kind', 'count', 'note'],
      additionalProperties: false,
    };
    for (let seed = 0; seed < 3; seed++) {
      const { body } = await ask('/api/chat', {
        ...{ model: 'tiny', messages, stream: false, format: schema },
        options: { temperature: 1, seed, num_predict: 200 },
      });
      expect(body).toMatchObject({ done_reason: 'stop' });
      const answer = JSON.parse((body.message as { content: string }).content);
      expect(Object.keys(answer).sort()).toEqual(['count', 'kind', 'note']);
      expect(['code', 'chat']).toContain(answer.kind);
      expect(Number.isInteger(answer.count)).toBe(true);
      expect(['a', null]).toContain(answer.note);
    }
  });

  it('a tool is called, and its answer is answered', async () => {
    expect(await ask('/api/chat', { model: 'tiny', messages, tools })).toMatchObject({
      ...{ status: 400, body: { error: '"tiny" does not support tools' } },
    });
    const asked = await linesOf(await test.post('/api/chat', { model: 'able', messages, tools, options }));
    const { message } = asked.at(-1) as { message: { tool_calls: { id: string; function: Body }[] } };
    expect(message.tool_calls).toMatchObject([
      { id: expect.stringMatching(/./), function: { name: 'weather', arguments: { city: expect.any(String) } } },
    ]);
    const conversation = [
      ...messages,
      { role: 'assistant', content: '', tool_calls: message.tool_calls },
      { role: 'tool', content: 'sunny', tool_call_id: message.tool_calls[0]?.id, tool_name: 'weather' },
    ];
    const answered = await ask('/api/chat', { model: 'able', messages: conversation, tools, stream: false, options });
    expect(answered.body).toMatchObject({ message: { content: sentence }, done_reason: 'stop' });
  });

  it('thinking stands apart, unless it is switched off', async () => {
    const think = (body: object) => ask('/api/chat', { model: 'able', messages, stream: false, options, ...body });
    expect((await think({})).body).toMatchObject({
      message: { content: sentence, thinking: expect.stringContaining('words come slowly') },
    });
    const off = (await think({ think: false })).body.message as Body;
    expect(off).not.toHaveProperty('thinking');
    expect(await ask('/api/chat', { model: 'tiny', messages, think: true })).toMatchObject({ status: 400 });
    const openai = await ask('/v1/chat/completions', { model: 'able', messages, temperature: 0 });
    expect(openai.body).toMatchObject({
      choices: [{ message: { content: sentence, reasoning_content: expect.stringContaining('words come slowly') } }],
    });
  });

  it('vectors have length 1, the same for the same text', async () => {
    const { body } = await ask('/api/embed', { model: 'tiny', input: ['hello', 'tale', 'hello'] });
    const [one, other, again] = body.embeddings as number[][];
    for (const vector of [one, other, again]) expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5);
    expect(one).toHaveLength(64);
    const product = (a: number[] = [], b: number[] = []) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
    expect(product(one, again)).toBeCloseTo(1, 4);
    expect(product(one, other)).toBeLessThan(0.999);
    expect(body.prompt_eval_count).toBeGreaterThan(2);
    const long = 'tale '.repeat(5_000);
    expect((await ask('/api/embed', { model: 'tiny', input: long })).status).toBe(200);
    expect((await ask('/api/embed', { model: 'tiny', input: long, truncate: false })).status).toBe(400);
    const base64 = await ask('/v1/embeddings', { model: 'tiny', input: 'hello', encoding_format: 'base64' });
    const [{ embedding }] = base64.body.data as [{ embedding: string }];
    expect(Buffer.from(embedding, 'base64').readFloatLE(0)).toBeCloseTo(one?.[0] ?? Number.NaN, 3);
  });

  it('questions are answered with probabilities that sum up to 1', async () => {
    const { status, body } = await ask('/v1/systemone', {
      ...{ model: 'tiny', state: 'write a program' },
      questions: {
        task: { type: 'noul', instructions: 'Is it a task?' },
        kind: { type: 'choice', instructions: 'Which kind?', criteria: { code: 'about programs', chat: null } },
        mood: { type: 'score', instructions: 'How kind is it?', criteria: ['rude', 'plain', 'kind'] },
      },
    });
    expect(status).toBe(200);
    const { task, kind, mood } = body.answers as Record<
      string,
      { noul: number; score: number; probabilities: Record<string, number> }
    >;
    const sum = (probabilities: Record<string, number> = {}) => Object.values(probabilities).reduce((a, b) => a + b, 0);
    expect(task?.noul).toBeGreaterThanOrEqual(0);
    expect(task?.noul).toBeLessThanOrEqual(1);
    expect([sum(kind?.probabilities), sum(mood?.probabilities)]).toEqual([expect.closeTo(1, 3), expect.closeTo(1, 3)]);
    expect(mood).toMatchObject({ legend: { 0: 'rude', 1: 'plain', 2: 'kind' } });
    expect(mood?.score).toBeLessThanOrEqual(2);
    expect(body.usage).toMatchObject({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) });
  });

  it('a count before a call is the one after it', async () => {
    await ask('/api/generate', { model: 'tiny', keep_alive: '1h' });
    const before = await ask('/apply-template', { model: 'tiny', messages });
    expect(before.body.prompt).toContain('hi');
    const { body } = await ask('/api/chat', { model: 'tiny', messages, stream: false, options });
    expect(body.prompt_eval_count).toBe(before.body.tokens);
    const { tokens } = (await ask('/tokenize', { model: 'tiny', content: 'hello tale' })).body as { tokens: number[] };
    expect(tokens.length).toBeGreaterThan(1);
    const special = (await ask('/tokenize', { model: 'tiny', content: 'hello tale', add_special: true })).body;
    expect(special.tokens).toEqual([1, ...tokens]);
  });

  it('OpenAI’s routes answer as Ollama’s do', async () => {
    const { body } = await ask('/v1/chat/completions', { model: 'tiny', messages, temperature: 0 });
    expect(body).toMatchObject({
      choices: [{ message: { role: 'assistant', content: sentence }, finish_reason: 'stop' }],
      usage: { completion_tokens: 11 },
    });
    const streamed = { model: 'tiny', messages, temperature: 0, max_tokens: 3, stream: true };
    const events = await eventsOf(await test.post('/v1/chat/completions', streamed));
    const chunks = events.filter((event) => event !== '[DONE]') as {
      choices: { delta: { content?: string }; finish_reason: string | null }[];
    }[];
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('hello, this');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
    const completion = await ask('/v1/completions', { model: 'tiny', prompt: 'hi', temperature: 0 });
    expect(completion.body).toMatchObject({ choices: [{ text: sentence }] });
  });
});
