import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createRemotePool } from '../../../src/remote/index.js';
import { openPool, serve } from '../../setup/open-pool.js';
import { asJson, openServed, readAlong, readEvents } from '../open-served.js';

const isOfCall = (event: { type: string }) => 'requestId' in event && event.type !== 'decision';

describe('POST /v1/calls', () => {
  it('streams the events of the call, named by their type, and a last one', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', '/v1/calls', {
      role: 'ux',
      prompt: 'x [tokens=3]',
      labels: { project: 'p' },
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const sent = readEvents(await answer.text());
    expect(sent.map(({ type }) => type)).toEqual([
      'call-start',
      'model-load',
      'text-delta',
      'text-delta',
      'text-delta',
      'call-end',
      'request-end',
    ]);
    for (const { type, data } of sent.slice(0, -1)) expect(data.type).toBe(type);
    const end = sent.at(-2)?.data;
    expect(sent.at(-1)?.data).toEqual({ requestId: end?.requestId, callId: end?.callId });
    expect(sent.slice(0, -1).map(({ data }) => data)).toEqual(asJson(opened.events.filter(isOfCall)));
  });

  it('takes every option of a call', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', '/v1/calls', {
      role: 'planning',
      messages: [
        { role: 'user', content: 'weather?' },
        { role: 'assistant', content: '', toolCalls: [{ id: 't1', name: 'weather', arguments: { city: 'Rome' } }] },
        { role: 'tool', content: 'sun', toolCallId: 't1', toolName: 'weather' },
        { role: 'user', content: 'again [tool weather {"city":"Oslo"}]' },
      ],
      system: 'be brief',
      maxOutputTokens: 40,
      temperature: 0.5,
      topP: 0.9,
      seed: 7,
      stop: ['END'],
      tools: [{ name: 'weather', description: 'tells it', parameters: { type: 'object', properties: {} } }],
      toolChoice: { name: 'weather' },
      preferredModel: 'large',
      coverWhileLoading: 'ux',
      requestId: 'REQUEST1',
      deadlineMs: 20_000,
      replayable: true,
    });
    const sent = readEvents(await answer.text());
    expect(sent.find(({ type }) => type === 'tool-call')?.data).toMatchObject({
      ...{ index: 0, name: 'weather', arguments: { city: 'Oslo' }, requestId: 'REQUEST1' },
    });
    expect(sent.at(-1)).toEqual({ type: 'request-end', data: expect.objectContaining({ requestId: 'REQUEST1' }) });
    const body = opened.fake.log.find(({ path, body: asked }) => path === '/api/chat' && asked?.messages)?.body;
    expect(body).toMatchObject({
      messages: [
        { role: 'system', content: 'be brief\n\nAnswer by calling the tool weather.' },
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ id: 't1', function: { name: 'weather', arguments: { city: 'Rome' } } }] },
        { role: 'tool', content: 'sun', tool_call_id: 't1', tool_name: 'weather' },
        { role: 'user' },
      ],
      tools: [{ function: { name: 'weather', description: 'tells it' } }],
      options: { num_predict: 40, temperature: 0.5, top_p: 0.9, seed: 7, stop: ['END'] },
    });
  });

  it('with input gives vectors in its last event, after the events of the call', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', '/v1/calls', { input: ['one', 'two'], requestId: 'VECTORS1' });
    const sent = readEvents(await answer.text());
    expect(sent.map(({ type }) => type)).toEqual(['call-start', 'model-load', 'call-end', 'request-end']);
    const { requestId, callId, embeddings } = sent.at(-1)?.data ?? {};
    expect({ requestId, callId }).toEqual({ requestId: 'VECTORS1', callId: sent.at(-2)?.data.callId });
    expect(embeddings).toEqual((await opened.pool.embed({ input: ['one', 'two'] })).embeddings);
  });

  it('with questions gives answers in its last event', async () => {
    await using opened = await openServed();
    const answer = await opened.send('POST', '/v1/calls', {
      state: 'Sort my files.',
      questions: {
        isTask: { type: 'noul', instructions: 'Is it a task?', criteria: { true: 'work', false: 'talk' } },
        kind: { type: 'choice', instructions: 'Which?', criteria: { files: null, mail: 'letters' } },
        size: { type: 'score', instructions: 'How large?', criteria: ['small', 'large'] },
      },
      labels: { purpose: 'intent' },
    });
    const sent = readEvents(await answer.text());
    expect(sent.at(-2)).toMatchObject({
      type: 'call-end',
      data: { operation: 'decide', labels: { purpose: 'intent' } },
    });
    const { decisions, callId } = sent.at(-1)?.data ?? {};
    expect(callId).toBe(sent.at(-2)?.data.callId);
    expect(decisions).toMatchObject({
      answers: { isTask: { type: 'noul' }, kind: { type: 'choice' }, size: { type: 'score' } },
      method: expect.stringMatching(/probabilities|schema/),
    });
  });

  it('vectors that are too many for one event are refused in words', async () => {
    await using opened = await openServed();
    const vector = Array.from({ length: 10_000 }, () => 0.123456789);
    const { end } = await opened.pool.embed({ input: ['x'] });
    const embed = async () => ({ requestId: 'R', embeddings: Array.from({ length: 100 }, () => vector), end });
    await using served = await serve({ ...opened.pool, embed } as unknown as typeof opened.pool);
    const answer = await fetch(`${served.url}/v1/calls`, { method: 'POST', body: JSON.stringify({ input: ['x'] }) });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: 'rejected', message: expect.stringContaining('fewer') },
    });
  });

  it('the last event of a failed call is its error', async () => {
    await using opened = await openServed({ random: () => 0 });
    await opened.fake.set({ kind: 'no-done' });
    const sent = readEvents(await (await opened.send('POST', '/v1/calls', { role: 'ux', prompt: 'x' })).text());
    expect(sent.at(-1)).toMatchObject({
      type: 'request-error',
      data: {
        code: 'stream-broken',
        retryable: true,
        backend: 'fake',
        model: 'small:1b',
        attempt: 1,
        partialText: expect.any(String),
        reason: null,
        retryAfterMs: null,
        details: { fault: 'no-end' },
      },
    });
    expect(sent.at(-2)).toMatchObject({ type: 'call-end', data: { error: sent.at(-1)?.data } });
  });

  it('the last event of a failed call without text is its error too', async () => {
    await using opened = await openServed({}, { models: [{ model: 'small:1b' }] });
    const sent = readEvents(await (await opened.send('POST', '/v1/calls', { input: ['x'] })).text());
    expect(sent.at(-1)).toMatchObject({ type: 'request-error', data: { code: 'model-missing' } });
  });

  it('a client that leaves aborts the call, whatever it asked for', async () => {
    for (const body of [
      { role: 'ux', prompt: 'x [tokens=900] [rate=50]' },
      { state: 'x', questions: { q: { type: 'noul', instructions: 'q [tokens=900] [rate=50]' } } },
    ]) {
      await using opened = await openServed();
      const controller = new AbortController();
      await opened.fake.set({ kind: 'stall' });
      const answer = await opened.send('POST', '/v1/calls', body, controller.signal);
      const along = readAlong(answer);
      await until('the call', () => along.text().includes('call-start'));
      controller.abort();
      const end = await until('the end', () => opened.events.find(({ type }) => type === 'call-end'));
      expect(end).toMatchObject({ status: 'aborted', error: { code: 'aborted' } });
      await until('the slot is free', () => (opened.fake.slots()['small:1b'] ?? 0) === 0);
      await along.done;
    }
  });

  it('a silent stream shows now and then that it lives', async () => {
    const clock = manualClock();
    await using opened = await openPool({}, { timing: { loadMs: 60_000 } });
    await using served = await serve(opened.pool, { clock: { ...clock, monotonicMs: clock.now } });
    const controller = new AbortController();
    const answer = await fetch(`${served.url}/v1/calls`, {
      method: 'POST',
      body: JSON.stringify({ role: 'planning', prompt: 'x' }),
      signal: controller.signal,
    });
    const along = readAlong(answer);
    await until('loading', () => along.text().includes('model-load'));
    await clock.advance(31_000);
    await until('comments', () => along.text().split(': keep-alive\n\n').length === 3);
    controller.abort();
    await along.done;
  });

  it('a reader that lags slows the stream down and gets everything', async () => {
    await using opened = await openServed({
      models: {
        small: { backend: 'fake', model: 'small:1b', contextTokens: 32_768 },
        large: { backend: 'fake', model: 'large:8b', contextTokens: 4_096 },
      },
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } },
    });
    const deltas = () => opened.events.filter(({ type }) => type === 'text-delta').length;
    const answer = await opened.send('POST', '/v1/calls', { role: 'ux', prompt: 'x [tokens=30000]' });
    let before = -1;
    await until('the stream to rest', () => {
      const isAtRest = deltas() === before && before > 0;
      before = deltas();
      return isAtRest;
    });
    expect(before).toBeLessThan(30_000);
    const sent = readEvents(await answer.text());
    expect(sent.filter(({ type }) => type === 'text-delta')).toHaveLength(30_000);
  });
});

describe('a bad body of POST /v1/calls', () => {
  const bad: [string, unknown, string][] = [
    ['no JSON', '{', 'not JSON'],
    ['no object', '[]', 'the body must be of type object'],
    ['no role', { prompt: 'x' }, 'role'],
    ['an unknown role', { role: 'boss', prompt: 'x' }, 'role must be one of ux, planning, conversation, task'],
    ['an unknown option', { role: 'ux', prompt: 'x', keepAlive: -1 }, 'options that are not known: keepAlive'],
    ['a misspelt option', { role: 'ux', prompt: 'x', top_p: 1 }, 'did you mean topP?'],
    ['a message of nobody', { role: 'ux', messages: [{ role: 'god', content: 'x' }] }, 'messages.0.role'],
    ['a message with an image', { role: 'ux', messages: [{ role: 'user', content: [] }] }, 'messages.0.content'],
    ['unknown labels', { role: 'ux', prompt: 'x', labels: { colour: 'red' } }, 'labels'],
    ['no prompt', { role: 'ux' }, 'prompt'],
    ['a negative limit', { role: 'ux', prompt: 'x', maxOutputTokens: -1 }, 'maxOutputTokens'],
    ['a tool without a schema', { role: 'ux', messages: [], tools: [{ name: 'x' }] }, 'tools.0.parameters'],
    ['a choice of nothing', { role: 'ux', prompt: 'x', toolChoice: 'some' }, 'toolChoice'],
    ['a format of no kind', { role: 'ux', prompt: 'x', format: 'xml' }, 'format'],
    ['cover by nobody', { role: 'ux', prompt: 'x', coverWhileLoading: 'planning' }, 'coverWhileLoading'],
    ['input that is no list', { input: 'x' }, 'input must be of type array'],
    ['empty input', { input: [] }, 'input'],
    ['input with a role', { input: ['x'], role: 'embed' }, 'not known: role'],
    ['a state without questions', { state: 'x' }, 'questions'],
    ['no questions', { state: 'x', questions: {} }, 'questions'],
    [
      'a question of no kind',
      { state: 'x', questions: { q: { type: 'essay', instructions: '' } } },
      'questions.q.type',
    ],
    [
      'a choice without criteria',
      { state: 'x', questions: { q: { type: 'choice', instructions: 'q' } } },
      'questions.q.criteria',
    ],
    ['too large a body', { role: 'ux', prompt: 'x'.repeat(3_000) }, 'larger than'],
  ];
  for (const [name, body, word] of bad) {
    it(`${name} is a 400 with an envelope that says so`, async () => {
      await using opened = await openServed({}, {}, { maxBodyBytes: 2_000 });
      const answer = await opened.send('POST', '/v1/calls', body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        error: {
          code: 'rejected',
          message: expect.stringContaining(word),
          hint: null,
          source: 'models',
          retryable: false,
          retryAfterMs: null,
          details: {},
        },
      });
      expect(opened.fake.log).toEqual([]);
    });
  }
});

it('a closed pool is a 503 that may be asked again', async () => {
  await using opened = await openServed();
  await opened.pool.close();
  for (const body of [{ role: 'ux', prompt: 'x' }, { input: ['x'] }]) {
    const answer = await opened.send('POST', '/v1/calls', body);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'backend-down', retryable: true } });
  }
});

describe('GET /v1/calls', () => {
  it('is every event of the pool, and ends with its reader', async () => {
    await using opened = await openServed();
    const controller = new AbortController();
    const answer = await opened.send('GET', '/v1/calls', undefined, controller.signal);
    const along = readAlong(answer);
    await until('it is open', () => along.text().includes(': open'));
    await opened.pool.generate({ role: 'ux', prompt: 'x [tokens=2]' });
    await until('the end', () => along.text().includes('event: call-end'));
    controller.abort();
    await along.done;
    const sent = readEvents(along.text());
    expect(sent.map(({ data }) => data)).toEqual(asJson(opened.events.slice(0, sent.length)));
    expect(sent.map(({ type }) => type)).toContain('decision');
  });

  it('explains a request by whatever id its caller gave it', async () => {
    await using opened = await openServed();
    await using remote = createRemotePool({ url: opened.served.url });
    for (const requestId of ['chat:1.5/née', '100%', 'a b']) {
      await opened.pool.generate({ role: 'ux', prompt: 'x', requestId });
      expect((await remote.explain(requestId)).sentences, requestId).not.toEqual([]);
    }
  });

  it('explains a request, given its id or that of an attempt', async () => {
    await using opened = await openServed();
    const { requestId, callId } = await opened.pool.generate({ role: 'ux', prompt: 'x' });
    for (const id of [requestId, callId]) {
      const answer = await opened.send('GET', `/v1/calls/${id}`);
      expect(await answer.json()).toEqual(asJson(opened.pool.explain(id)));
    }
  });
});
