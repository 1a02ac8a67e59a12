import { HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { allOf } from './harness/all-of.js';
import { large, small } from './harness/fake-models.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale();
const weather = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;
const askedWeather = 'What is the weather? [tool weather {"city":"Rome"}]';
let baseURL = '';
let apiKey = '';

beforeAll(async () => {
  const result = await installed().run(['models', 'endpoint', '--key', '--json']);
  ({ baseUrl: baseURL, apiKey } = JSON.parse(result.stdout));
  await installed().run(['submit', '[say ready]']); // the models are chosen
});

describe('the openai package', () => {
  const client = (options: { apiKey?: string } = {}) =>
    new OpenAI({ baseURL, apiKey: options.apiKey ?? apiKey, maxRetries: 0 });

  it('E2E-OPENAI-1 lists the models that can be asked for', async () => {
    const names = (await client().models.list()).data.map(({ id }) => id);
    expect(names).toEqual(expect.arrayContaining(['tale/auto', 'tale/ux', 'tale/planning', small, large]));
    expect(await client().models.retrieve('tale/ux')).toMatchObject({ id: 'tale/ux', object: 'model' });
  });

  it('E2E-OPENAI-2 gets an answer with usage, by role and by model', async () => {
    for (const [model, answered] of [
      ['tale/ux', small],
      ['tale/planning', large],
      [large, large],
    ] as const) {
      const { data, response } = await client()
        .chat.completions.create({ model, messages: [{ role: 'user', content: '[say good morning]' }] })
        .withResponse();
      expect(data.choices).toMatchObject([
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'good morning' } },
      ]);
      expect(data.usage).toMatchObject({ completion_tokens: 2 });
      expect(response.headers.get('x-tale-model')).toBe(answered);
      expect(response.headers.get('x-tale-call')).toMatch(/^[0-9A-Z]{26}$/);
    }
  });

  it('E2E-OPENAI-3 streams deltas and, where it is asked for, the usage at the end', async () => {
    const stream = await client().chat.completions.create({
      model: 'tale/ux',
      messages: [{ role: 'user', content: '[say one two three]' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await allOf(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('one two three');
    expect(chunks.filter(({ choices }) => choices[0]?.delta.content).length).toBeGreaterThan(1);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean)).toEqual(['stop']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
  });

  it('E2E-OPENAI-4 gets tool calls, whole and streamed, and their answers back to the model', async () => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { ...weather } } }] as const;
    const messages = [{ role: 'user', content: askedWeather } as const];
    const request = { model: 'tale/planning', messages: [...messages], tools: [...tools] };
    const whole = await client().chat.completions.create(request);
    const [choice] = whole.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [call] = choice?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', function: { name: 'weather' } });
    expect(JSON.parse(call?.type === 'function' ? call.function.arguments : '')).toEqual({ city: 'Rome' });

    const runner = client().chat.completions.stream(request);
    const final = await runner.finalMessage();
    expect(final.tool_calls).toMatchObject([{ function: { name: 'weather', arguments: '{"city":"Rome"}' } }]);

    const answered = await client().chat.completions.create({
      model: 'tale/planning',
      messages: [
        { role: 'user', content: 'What is the weather in Rome?' },
        { role: 'assistant', content: null, tool_calls: call === undefined ? [] : [call] },
        { role: 'tool', tool_call_id: call?.id ?? '', content: 'sunny' },
        { role: 'user', content: '[say it is sunny]' },
      ],
    });
    expect(answered.choices[0]?.message.content).toBe('it is sunny');
  });

  it('E2E-OPENAI-5 gets JSON that keeps the schema', async () => {
    const completion = await client().chat.completions.parse({
      model: 'tale/planning',
      messages: [{ role: 'user', content: 'Where? [say {"city":"Rome"}]' }],
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: weather } },
    });
    expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({ city: 'Rome' });
  });

  it('E2E-OPENAI-6 gets errors in OpenAI’s shape', async () => {
    const messages = [{ role: 'user', content: 'x' } as const];
    await expect(client().chat.completions.create({ model: 'gpt-4', messages })).rejects.toMatchObject({
      status: 404,
      type: 'invalid_request_error',
      code: 'model_not_found',
    });
    await expect(client().chat.completions.create({ model: 'tale/ux', messages, n: 2 })).rejects.toMatchObject({
      status: 400,
      param: 'n',
    });
    const refused = await client({ apiKey: 'wrong' })
      .models.list()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(refused).toMatchObject({ status: 401, type: 'invalid_request_error', code: 'invalid_api_key' });
    await expect(client().responses.create({ model: 'tale/ux', input: 'x' })).rejects.toMatchObject({
      ...{ status: 404, type: 'invalid_request_error', code: 'unknown_url' },
    });
    await expect(client().embeddings.create({ model: 'tale/ux', input: 'x' })).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  it('E2E-OPENAI-7 counts every call and explains it', async () => {
    const { response } = await client()
      .chat.completions.create({
        model: 'tale/ux',
        messages: [{ role: 'user', content: '[say counted]' }],
        user: 'ann',
      })
      .withResponse();
    const { stdout, code } = await installed().run(['models', 'explain', response.headers.get('x-tale-call') ?? '']);
    expect(code).toBe(0);
    expect(stdout).toContain(small);
    const tokens = JSON.parse((await installed().run(['tokens', '--by', 'model', '--json'])).stdout);
    expect(JSON.stringify(tokens)).toContain(small);
  });
});

describe('LangChain', () => {
  const chat = (model: string) => new ChatOpenAI({ model, apiKey, configuration: { baseURL }, maxRetries: 0 });

  it('E2E-OPENAI-8 ChatOpenAI chats, streams, calls tools and keeps a schema', async () => {
    expect((await chat('tale/ux').invoke('[say hello there]')).content).toBe('hello there');
    const chunks = await allOf(await chat('tale/ux').stream('[say one two three]'));
    expect(chunks.map(({ content }) => content).join('')).toBe('one two three');
    const lookUp = tool(async () => 'sunny', { name: 'weather', schema: z.object({ city: z.string() }) });
    const asked = await chat('tale/planning')
      .bindTools([lookUp])
      .invoke([new HumanMessage(askedWeather)]);
    expect(asked.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
    const structured = chat('tale/planning').withStructuredOutput(z.object({ city: z.string() }), {
      method: 'jsonSchema',
    });
    expect(await structured.invoke('Where? [say {"city":"Rome"}]')).toEqual({ city: 'Rome' });
  });

  it('E2E-OPENAI-8 OpenAIEmbeddings says what is missing where no model makes vectors', async () => {
    const embeddings = new OpenAIEmbeddings({ model: 'tale/embed', apiKey, configuration: { baseURL }, maxRetries: 0 });
    await expect(embeddings.embedQuery('x')).rejects.toThrow(/tale\/embed/);
  });
});
