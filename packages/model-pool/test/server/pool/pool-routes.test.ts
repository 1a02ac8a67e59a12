import { expect, it } from 'vitest';
import { openServed, readEvents } from '../open-served.js';

it('GET /v1/pool tells the state', async () => {
  await using opened = await openServed();
  expect(await (await opened.send('GET', '/v1/pool')).json()).toMatchObject({
    models: [{ name: 'small' }, { name: 'large' }, { name: 'vectors' }],
    lanes: [{ lane: 'ux', waiting: 0, running: 0 }, {}, {}],
  });
});

it('a model is loaded, pinned and unloaded by name', async () => {
  await using opened = await openServed();
  const manage = async (action: string, body: object) => {
    const answer = await opened.send('POST', `/v1/pool/${action}`, body);
    return { status: answer.status, body: await answer.json() };
  };
  expect(await manage('load', { model: 'large' })).toMatchObject({ body: { name: 'large', state: 'resident' } });
  expect(await manage('pin', { model: 'large' })).toMatchObject({ body: { resident: 'always' } });
  expect(await manage('unload', { model: 'large' })).toMatchObject({ body: { state: 'absent' } });
  expect(await manage('load', { model: 'nobody' })).toMatchObject({
    status: 404,
    body: { error: { code: 'model-missing', source: 'models' } },
  });
});

it('a bad body is a 400 that says what is wrong', async () => {
  await using opened = await openServed();
  for (const [action, body, word] of [
    ['load', {}, 'model must be of type string'],
    ['load', { model: '' }, 'model must have at least 1 characters'],
    ['pin', { model: 'x', force: true }, 'not known: force'],
    ['unload', { modle: 'x' }, 'model'],
    ['load', { model: 'x', backend: 'fake' }, 'not known: backend'],
    ['pull', { model: 'x'.repeat(301) }, 'model must have at most 300 characters'],
    ['pull', '', 'not JSON'],
  ] as const) {
    const answer = await opened.send('POST', `/v1/pool/${action}`, body);
    expect(answer.status, word).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'rejected', message: expect.stringContaining(word) } });
  }
});

it('a pull streams its progress and a last event', async () => {
  await using opened = await openServed();
  const pull = async (body: object) => readEvents(await (await opened.send('POST', '/v1/pool/pull', body)).text());
  const sent = await pull({ model: 'pullable:1b' });
  expect(sent.at(-1)).toEqual({ type: 'request-end', data: { model: 'pullable:1b' } });
  expect(sent.map(({ data }) => data)).toContainEqual(
    expect.objectContaining({ completedBytes: 0, totalBytes: 1_000_000_000 }),
  );
  expect((await pull({ model: 'nowhere:1b' })).at(-1)).toMatchObject({
    type: 'request-error',
    data: { code: 'model-missing' },
  });
  expect((await pull({ model: 'x', backend: 'elsewhere' })).at(-1)).toMatchObject({
    type: 'request-error',
    data: { code: 'configuration' },
  });
});
