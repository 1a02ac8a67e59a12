import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { ModelPoolError, type ModelPoolOptions } from '../../../src/index.js';
import { serve } from '../../setup/open-pool.js';
import { openServed, readAlong, type ServedPoolOnFake, threeModels } from '../open-served.js';

const say = (content: string) => [{ role: 'user', content }];
const chatPath = '/v1/chat/completions';
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } };
const lastText = ({ fake }: ServedPoolOnFake) =>
  fake.log.filter(({ path, body }) => path === '/api/chat' || (path === '/api/generate' && body?.prompt)).at(-1);

interface Chunk {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly delta: Record<string, unknown>;
    readonly text?: string;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: object | null;
  readonly error?: Record<string, unknown>;
}

/** The data of a stream; `[DONE]` as it is. */
function readChunks(text: string): { readonly chunks: readonly Chunk[]; readonly isDone: boolean } {
  const data = text.split('\n\n').flatMap((block) => (block.startsWith('data: ') ? [block.slice(6)] : []));
  const chunks = data.filter((line) => line !== '[DONE]').map((line) => JSON.parse(line) as Chunk);
  return { chunks, isDone: data.at(-1) === '[DONE]' };
}

describe('GET /v1/models', () => {
  it('lists what can be asked for', async () => {
    await using opened = await openServed();
    const answer = await opened.send('GET', '/v1/models');
    const model = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'tale' });
    expect(await answer.json()).toEqual({
      object: 'list',
      data: ['tale/auto', 'tale/ux', 'tale/planning', 'tale/embed', 'small', 'large', 'vectors'].map(model),
    });
  });

  it('tells one of them, whether its slash is encoded or not', async () => {
    await using opened = await openServed();
    for (const path of ['tale/auto', 'tale%2Fauto'])
      expect(await (await opened.send('GET', `/v1/models/${path}`)).json()).toMatchObject({ id: 'tale/auto' });
    const missing = await opened.send('GET', '/v1/models/gpt-4o');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toEqual({
      error: {
        message: expect.stringContaining('tale/auto, tale/ux, tale/planning'),
        ...{ type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
      },
    });
  });
});

describe('a whole chat', () => {
  it('is the answer with its cost, and says which call it was', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', chatPath, { model: 'tale/ux', messages: say('[say Hello you]') });
    expect(answer.status).toBe(200);
    const body = await answer.json();
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'small:1b',
      system_fingerprint: null,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello you' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: lastText(opened)?.inputTokens, completion_tokens: 2 },
    });
    expect(answer.headers.get('x-tale-model')).toBe('small:1b');
    const explained = opened.pool.explain(answer.headers.get('x-tale-call') ?? '');
    expect(`chatcmpl-${explained.requestId}`).toBe((body as { id: string }).id);
    expect(explained.sentences.length).toBeGreaterThan(0);
  });

  it('sends the request on as it was meant', async () => {
    await using opened = await openServed();
    await opened.send('POST', chatPath, {
      ...{ model: 'large', temperature: 0.1, top_p: 0.8, seed: 3, stop: ['END'], max_tokens: 12, user: 'u1' },
      messages: [
        { role: 'developer', content: 'be brief' },
        ...say('weather? [tokens=2]'),
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 't1', type: 'function', function: { name: 'weather', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 't1', content: [{ type: 'text', text: 'sun' }] },
      ],
      tools: [weather],
    });
    expect(lastText(opened)?.body).toMatchObject({
      ...{ model: 'large:8b', tools: [{ function: { name: 'weather' } }] },
      options: { temperature: 0.1, top_p: 0.8, seed: 3, stop: ['END'], num_predict: 12 },
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ id: 't1' }] },
        { role: 'tool', content: 'sun', tool_call_id: 't1', tool_name: 'weather' },
      ],
    });
    expect(opened.events.find(({ type }) => type === 'call-start')).toMatchObject({ labels: { userId: 'u1' } });
  });

  const targets: [string, object, string][] = [
    ['tale/auto for a question', {}, 'small:1b'],
    ['no model at all', { model: undefined }, 'small:1b'],
    ['tale/auto with tools', { tools: [weather] }, 'large:8b'],
    ['tale/auto for JSON', { response_format: { type: 'json_object' } }, 'large:8b'],
    ['tale/auto for much to read', { messages: say('lengthy '.repeat(1_100)) }, 'large:8b'],
    ['tale/auto with effort', { reasoning_effort: 'high' }, 'large:8b'],
    ['tale/planning', { model: 'tale/planning' }, 'large:8b'],
    ['the name of a model', { model: 'small' }, 'small:1b'],
    ['its name on the server', { model: 'large:8b' }, 'large:8b'],
  ];
  for (const [name, more, expected] of targets)
    it(`asked of ${name} is answered by ${expected}`, async () => {
      await using opened = await openServed();
      const answer = await opened.send('POST', chatPath, {
        model: 'tale/auto',
        messages: say('x [tokens=1]'),
        ...more,
      });
      expect(await answer.json()).toMatchObject({ model: expected });
    });

  it('asked of a model by name goes to it before the others of its role', async () => {
    const roles = { ux: { candidates: ['small', 'large'] } };
    await using opened = await openServed({ roles });
    await opened.pool.load('small');
    const answer = await opened.send('POST', chatPath, { model: 'large', messages: say('x [tokens=1]') });
    expect(await answer.json()).toMatchObject({ model: 'large:8b' });
  });

  it('has the thinking beside the text', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', chatPath, { model: 'large', messages: say('[think=2] [say done]') });
    expect(await answer.json()).toMatchObject({
      choices: [{ message: { content: 'done', reasoning_content: 'hm hm' } }],
    });
  });

  it('has the tools that the model asks for; one at most where that is wished', async () => {
    await using opened = await openServed();
    const body = { messages: say('[tool weather {"city":"Rome"}] [tool weather {"city":"Oslo"}]'), tools: [weather] };
    const called = (city: string) => ({
      type: 'function',
      function: { name: 'weather', arguments: `{"city":"${city}"}` },
    });
    const all = await (await opened.send('POST', chatPath, body)).json();
    expect(all).toMatchObject({
      choices: [
        { message: { content: null, tool_calls: [called('Rome'), called('Oslo')] }, finish_reason: 'tool_calls' },
      ],
    });
    const one = await (await opened.send('POST', chatPath, { ...body, parallel_tool_calls: false })).json();
    expect((one as { choices: { message: { tool_calls: object[] } }[] }).choices[0]?.message.tool_calls).toEqual([
      expect.objectContaining(called('Rome')),
    ]);
  });

  it('keeps a schema', async () => {
    await using opened = await openServed();
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const format = { type: 'json_schema', json_schema: { name: 'place', strict: true, schema } };
    const answer = await opened.send('POST', chatPath, { messages: say('where?'), response_format: format });
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ city: expect.any(String) });
    expect(lastText(opened)?.body?.format).toEqual(schema);
  });

  it('begins anew on another model where the first one breaks off', async () => {
    await using opened = await openServed({ roles: { ux: { candidates: ['small', 'large'] } }, random: () => 0 });
    await opened.fake.set({ kind: 'no-done', model: 'small:1b' });
    const answer = await opened.send('POST', chatPath, { messages: say('x [say it is whole]') });
    expect(await answer.json()).toMatchObject({
      model: 'large:8b',
      choices: [{ message: { content: 'it is whole' } }],
    });
  });
});

describe('a streamed chat', () => {
  const stream = (more: object = {}) => ({ model: 'tale/ux', stream: true, messages: say('x [tokens=3]'), ...more });

  it('has a role, pieces, a reason and an end, one event each', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', chatPath, stream());
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('x-tale-model')).toBe('small:1b');
    const { chunks, isDone } = readChunks(await answer.text());
    expect(isDone).toBe(true);
    const deltas = opened.events.flatMap((event) => (event.type === 'text-delta' ? [{ content: event.text }] : []));
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      ...deltas,
      {},
    ]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, null, 'stop']);
    const { requestId } = opened.pool.explain(answer.headers.get('x-tale-call') ?? '');
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`))).toEqual(
      new Set([`chatcmpl-${requestId} small:1b`]),
    );
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  it('has its usage in a last event without choices where that is asked for', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', chatPath, stream({ stream_options: { include_usage: true } }));
    const { chunks, isDone } = readChunks(await answer.text());
    expect(isDone).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('has thinking and tools in pieces of their own', async () => {
    await using opened = await openServed();
    const messages = say('[think=1] [tool weather {"city":"Rome"}] [tool weather {"city":"Oslo"}]');
    const body = stream({ model: 'tale/planning', messages, tools: [weather] });
    const deltas = async (more: object) => {
      const { chunks } = readChunks(await (await opened.send('POST', chatPath, { ...body, ...more })).text());
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
      return chunks.map(({ choices }) => choices[0]?.delta);
    };
    const called = (index: number, city: string) => ({
      tool_calls: [
        {
          ...{ index, id: expect.any(String), type: 'function' },
          function: { name: 'weather', arguments: `{"city":"${city}"}` },
        },
      ],
    });
    const first = [{ role: 'assistant', content: '', refusal: null }, { reasoning_content: 'hm' }, called(0, 'Rome')];
    expect(await deltas({})).toEqual([...first, called(1, 'Oslo'), {}]);
    expect(await deltas({ parallel_tool_calls: false })).toEqual([...first, {}]);
  });

  it('that fails before its first piece has a status of its own', async () => {
    await using opened = await openServed({ random: () => 0 });
    await opened.fake.set({ kind: 'status-503' });
    const answer = await opened.send('POST', chatPath, stream());
    expect(answer.status).toBe(429);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'overloaded' } });
  });

  it('that breaks in the middle ends with an error and without [DONE]', async () => {
    await using opened = await openServed();
    await opened.fake.set({ kind: 'no-done', after: 2 });
    const { chunks, isDone } = readChunks(await (await opened.send('POST', chatPath, stream())).text());
    expect(isDone).toBe(false);
    expect(chunks.slice(1, -1).map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null]);
    expect(chunks.at(-1)).toEqual({
      error: { message: expect.any(String), type: 'server_error', param: null, code: 'stream-broken' },
    });
  });

  it('ends its call at once when the client leaves', async () => {
    await using opened = await openServed();
    const controller = new AbortController();
    const body = stream({ messages: say('x [tokens=900] [rate=50]') });
    const along = readAlong(await opened.send('POST', chatPath, body, controller.signal));
    await until('a piece', () => along.text().includes('"content":"'));
    controller.abort();
    const end = await until('the end', () => opened.events.find(({ type }) => type === 'call-end'));
    expect(end).toMatchObject({ status: 'aborted' });
    await until('the slot is free', () => (opened.fake.slots()['small:1b'] ?? 0) === 0);
    expect(lastText(opened)?.end).toBe('aborted');
    await along.done;
  });

  it('tells in comments what it waits for once the wait has lasted', async () => {
    const clock = manualClock();
    await using opened = await openServed();
    await opened.fake.set({ kind: 'slow-load', delayMs: 60_000 });
    await using served = await serve(opened.pool, { clock: { ...clock, monotonicMs: clock.now } });
    const controller = new AbortController();
    const answer = fetch(served.url + chatPath, {
      method: 'POST',
      body: JSON.stringify(stream()),
      signal: controller.signal,
    });
    await until('loading', () => opened.events.some(({ type }) => type === 'model-load'));
    await clock.advance(1_000);
    const opening = await answer;
    expect(opening.headers.get('x-tale-model')).toBe('small:1b');
    const along = readAlong(opening);
    await until(
      'a comment',
      () =>
        along.text() ===
        ': model-load {"callId":"CALL","name":"small","etaMs":null}\n\n'.replace(
          'CALL',
          opening.headers.get('x-tale-call') ?? '',
        ),
    );
    controller.abort();
    await along.done;
  });

  it('that waits in its lane is opened under the id of its request', async () => {
    const clock = manualClock();
    await using opened = await openServed();
    await using served = await serve(opened.pool, { clock: { ...clock, monotonicMs: clock.now } });
    const send = (content: string) =>
      fetch(served.url + chatPath, { method: 'POST', body: JSON.stringify(stream({ messages: say(content) })) });
    const first = await send('x [tokens=40] [rate=40]');
    const second = send('y [tokens=1]');
    const queued = await until('it waits', () => opened.events.find(({ type }) => type === 'call-queued'));
    await clock.advance(1_000);
    const answer = await second;
    expect(answer.headers.get('x-tale-call')).toBe('requestId' in queued ? queued.requestId : null);
    expect(answer.headers.get('x-tale-model')).toBeNull();
    const text = await answer.text();
    expect(text).toMatch(/^: call-queued \{"lane":"ux","position":1,"etaMs":/);
    expect(readChunks(text).isDone).toBe(true);
    expect(readChunks(await first.text()).isDone).toBe(true);
  });

  it('of many pieces loses none for a reader that lags', async () => {
    const models = { ...threeModels.models, small: { backend: 'fake', model: 'small:1b', contextTokens: 32_768 } };
    await using opened = await openServed({ models } as Partial<ModelPoolOptions>);
    const answer = await opened.send('POST', chatPath, stream({ messages: say('x [tokens=20000]') }));
    const count = () => opened.events.filter(({ type }) => type === 'text-delta').length;
    let before = -1;
    await until('the stream to rest', () => {
      const isAtRest = count() === before && before > 0;
      before = count();
      return isAtRest;
    });
    const { chunks, isDone } = readChunks(await answer.text());
    expect({ pieces: chunks.length, isDone }).toEqual({ pieces: 20_002, isDone: true });
  });
});

describe('POST /v1/completions', () => {
  it('answers a prompt, whole or in pieces', async () => {
    await using opened = await openServed();
    const body = { model: 'tale/ux', prompt: '[say Hello you]', max_tokens: 10 };
    const whole = await opened.send('POST', '/v1/completions', body);
    expect(await whole.json()).toMatchObject({
      object: 'text_completion',
      choices: [{ text: 'Hello you', index: 0, logprobs: null, finish_reason: 'stop' }],
      usage: { completion_tokens: 2 },
    });
    expect(lastText(opened)?.path).toBe('/api/generate');
    const streamed = await opened.send('POST', '/v1/completions', { ...body, stream: true });
    const { chunks, isDone } = readChunks(await streamed.text());
    expect(isDone).toBe(true);
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe('Hello you');
  });

  it('says where an answer was cut', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', '/v1/completions', { prompt: 'x [tokens=9]', max_tokens: 3 });
    expect(await answer.json()).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      usage: { completion_tokens: 3 },
    });
  });
});

describe('POST /v1/embeddings', () => {
  it('gives vectors as numbers or in base64, whichever name is asked', async () => {
    await using opened = await openServed();
    const { embeddings } = await opened.pool.embed({ input: ['one', 'two'] });
    for (const model of ['tale/embed', 'tale/auto', 'vectors', 'vectors:1b', undefined]) {
      const answer = await opened.send('POST', '/v1/embeddings', { model, input: ['one', 'two'], user: 'u1' });
      const { data, ...rest } = (await answer.json()) as { data: { embedding: number[] }[] };
      expect(data.map(({ embedding }) => embedding)).toEqual(embeddings);
      expect(rest).toEqual({ object: 'list', model: 'vectors:1b', usage: { prompt_tokens: 2, total_tokens: 2 } });
      expect(opened.pool.explain(answer.headers.get('x-tale-call') ?? '').sentences).not.toEqual([]);
    }
    const answer = await opened.send('POST', '/v1/embeddings', { input: 'one', encoding_format: 'base64' });
    const { data } = (await answer.json()) as { data: { embedding: string }[] };
    const bytes = Buffer.from(data[0]?.embedding ?? '', 'base64');
    expect(bytes.length / 4).toBe(embeddings[0]?.length);
    expect(bytes.readFloatLE(0)).toBeCloseTo(embeddings[0]?.[0] ?? Number.NaN, 6);
  });

  it('of a named model never come from another one', async () => {
    await using opened = await openServed({
      models: { ...threeModels.models, other: { backend: 'fake', model: 'gone:1b', contextTokens: 4096 } },
      roles: { ...threeModels.roles, embed: { candidates: ['other', 'vectors'] } },
    } as Partial<ModelPoolOptions>);
    const answer = await opened.send('POST', '/v1/embeddings', { model: 'other', input: 'x' });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      error: { code: 'backend-down', message: expect.stringContaining('gone:1b') },
    });
  });
});

describe('a request of OpenAI that cannot be served', () => {
  const bad: [string, string, unknown, number, object][] = [
    [
      'a model that nobody has',
      chatPath,
      { model: 'gpt-4o', messages: say('x') },
      404,
      { param: 'model', code: 'model_not_found' },
    ],
    [
      'a model that makes vectors',
      chatPath,
      { model: 'tale/embed', messages: say('x') },
      400,
      { param: 'model', code: null },
    ],
    [
      'a model that writes text',
      '/v1/embeddings',
      { model: 'tale/ux', input: 'x' },
      400,
      { param: 'model', code: null },
    ],
    ['vectors cut short', '/v1/embeddings', { input: 'x', dimensions: 3 }, 400, { param: 'dimensions', code: null }],
    ['no JSON', chatPath, '{', 400, { param: null, code: null }],
    ['no messages', chatPath, {}, 400, { param: 'messages', code: null }],
    ['two answers', chatPath, { messages: say('x'), n: 2 }, 400, { param: 'n', code: 'unsupported_parameter' }],
    [
      'tools beside JSON',
      chatPath,
      { messages: say('x'), tools: [weather], response_format: { type: 'json_object' } },
      400,
      { param: null, code: null },
    ],
    [
      'a tool that is not offered',
      chatPath,
      { messages: say('x'), tools: [weather], tool_choice: { type: 'function', function: { name: 'f' } } },
      400,
      { code: null },
    ],
    [
      'more than the context',
      chatPath,
      { model: 'tale/ux', messages: say('word '.repeat(5_000)) },
      400,
      { code: 'context_length_exceeded' },
    ],
    ['tokens as a prompt', '/v1/completions', { prompt: [1] }, 400, { param: 'prompt', code: null }],
    ['a body that is too large', '/v1/completions', { prompt: 'x'.repeat(40_000) }, 400, { param: null, code: null }],
  ];
  for (const [name, path, body, status, expected] of bad)
    it(`is answered with OpenAI's error: ${name}`, async () => {
      await using opened = await openServed({}, {}, { maxBodyBytes: 32_000 });
      const answer = await opened.send('POST', path, body);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toEqual({
        error: {
          ...{ message: expect.any(String), type: 'invalid_request_error', param: null },
          ...expected,
        },
      });
      expect(answer.headers.get('x-should-retry')).toBe('false');
    });

  it('because the gate refuses it: it may be tried again where the gate says so', async () => {
    const refusals = [
      new ModelPoolError('rejected', 'the budget is spent'),
      Object.assign(new Error('too fast'), { code: 'rate-exceeded', retryable: true, retryAfterMs: 2_500 }),
    ];
    await using opened = await openServed({ gate: { begin: () => Promise.reject(refusals.shift()) } });
    const body = { messages: say('x') };
    const spent = await opened.send('POST', chatPath, body);
    expect([spent.status, spent.headers.get('x-should-retry')]).toEqual([403, 'false']);
    expect(await spent.json()).toMatchObject({ error: { type: 'permission_error', message: 'the budget is spent' } });
    const fast = await opened.send('POST', chatPath, body);
    expect([fast.status, fast.headers.get('x-should-retry')]).toEqual([429, 'true']);
    expect([fast.headers.get('retry-after'), fast.headers.get('retry-after-ms')]).toEqual(['3', '2500']);
    expect(await fast.json()).toMatchObject({ error: { code: 'rate-exceeded' } });
  });

  it('because its server is down, or the pool is closed', async () => {
    await using opened = await openServed({ random: () => 0 });
    await opened.fake.set({ kind: 'refuse' });
    for (const body of [{ messages: say('x') }, { messages: say('x'), stream: true }]) {
      const answer = await opened.send('POST', chatPath, body);
      expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([503, 'true']);
      expect(await answer.json()).toMatchObject({ error: { type: 'server_error', code: 'backend-down' } });
    }
    await opened.pool.close();
    expect((await opened.send('POST', chatPath, { messages: say('x') })).status).toBe(503);
    expect((await opened.send('POST', '/v1/embeddings', { input: 'x' })).status).toBe(503);
  });
});
