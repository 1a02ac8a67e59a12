import { ChatOllama, OllamaEmbeddings } from '@langchain/ollama';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { allOf } from './harness/all-of.js';
import { tiny } from './harness/engine-models.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale({ models: 'engine' });
const schema = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 8 } },
  required: ['city'],
  additionalProperties: false,
};
const messages = [{ role: 'user', content: 'hello' }];
const options = { num_predict: 24, temperature: 0 };
let host = '';
let headers: Record<string, string> = {};

beforeAll(() => {
  host = installed().server('local-engine').url;
  headers = { authorization: `Bearer ${installed().runtime().token}` };
});

describe('the ollama package', () => {
  const client = () => new Ollama({ host, headers });

  it('E2E-ENGINE-3 chats, streams, lists, shows and counts', async () => {
    const answer = await client().chat({ model: tiny, messages, options });
    expect(answer.message.content).toMatch(/^hello, this is a tiny model/);
    expect(answer.eval_count).toBeGreaterThan(0);
    const chunks = await allOf(await client().chat({ model: tiny, messages, options, stream: true }));
    expect(chunks.map(({ message }) => message.content).join('')).toBe(answer.message.content);
    expect((await client().list()).models.map(({ name }) => name)).toContain(tiny);
    expect((await client().ps()).models).toMatchObject([{ name: tiny }]);
    expect((await client().show({ model: tiny })).model_info).toBeDefined();
  });

  it('E2E-ENGINE-4 keeps a schema, makes vectors of length 1 and decides', async () => {
    const { message } = await client().chat({ model: tiny, messages, format: schema, options: { num_predict: 64 } });
    expect(JSON.parse(message.content)).toMatchObject({ city: expect.any(String) });
    const { embeddings } = await client().embed({ model: tiny, input: ['one', 'two'] });
    expect(embeddings).toHaveLength(2);
    expect(Math.hypot(...(embeddings[0] ?? []))).toBeCloseTo(1, 3);
    const { answers } = await client().systemone({
      model: tiny,
      state: 'Please fix the bug.',
      questions: { task: { type: 'noul', instructions: 'Is this a task?' } },
    });
    expect(answers.task).toMatchObject({ type: 'noul', noul: expect.any(Number) });
  });

  it('E2E-ENGINE-5 says what a model cannot do, and frees the slot of a client that leaves', async () => {
    const tools = [{ type: 'function', function: { name: 'x', parameters: { type: 'object', properties: {} } } }];
    await expect(client().chat({ model: tiny, messages, tools })).rejects.toThrow(/does not support tools/);
    await expect(client().chat({ model: 'nope:1b', messages })).rejects.toThrow(/not found/);
    const stream = await client().chat({ model: tiny, messages, stream: true, options: { num_predict: 2_000 } });
    for await (const _ of stream) break;
    expect((await client().chat({ model: tiny, messages, options })).done).toBe(true);
  });
});

describe('LangChain and openai on the engine itself', () => {
  it('E2E-ENGINE-6 ChatOllama chats, streams and keeps a schema; OllamaEmbeddings makes vectors', async () => {
    const chat = new ChatOllama({ model: tiny, baseUrl: host, headers, numPredict: 24, temperature: 0 });
    expect(String((await chat.invoke('hello')).content)).toMatch(/^hello, this is a tiny model/);
    const chunks = await allOf(await chat.stream('hello'));
    expect(chunks.map(({ content }) => content).join('')).toMatch(/^hello, this is a tiny model/);
    const structured = new ChatOllama({ model: tiny, baseUrl: host, headers, numPredict: 64 }).withStructuredOutput(
      z.object({ yes: z.boolean() }),
      { method: 'jsonSchema' },
    );
    expect(await structured.invoke('yes?')).toMatchObject({ yes: expect.any(Boolean) });
    const vectors = new OllamaEmbeddings({ model: tiny, baseUrl: host, headers });
    expect((await vectors.embedDocuments(['one', 'two'])).map(({ length }) => length > 0)).toEqual([true, true]);
  });

  it('E2E-ENGINE-7 the openai package chats, streams and makes vectors', async () => {
    const client = new OpenAI({ baseURL: `${host}/v1`, apiKey: installed().runtime().token, maxRetries: 0 });
    const question = { model: tiny, messages: [{ role: 'user', content: 'hello' } as const], max_tokens: 24 };
    const { choices } = await client.chat.completions.create({ ...question, temperature: 0 });
    expect(choices[0]?.message.content).toMatch(/^hello, this is a tiny model/);
    const chunks = await allOf(await client.chat.completions.create({ ...question, stream: true }));
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('').length).toBeGreaterThan(0);
    const { data } = await client.embeddings.create({ model: tiny, input: 'one' });
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 3);
  });
});
