import assert from 'node:assert/strict';
import type { JsonValue } from '../../../types.js';
import { type BackendCase, type BackendSession, backendCase, capableCase } from './backend-case.js';
import {
  assertFailure,
  caseOptions,
  eventually,
  findEntry,
  loadModel,
  stayMs,
  unloadModel,
  userMessage,
} from './shared-requests.js';

const yearMs = 365 * 86_400_000;

/** Checks how long a model stays after a load with this `keep_alive`. */
async function assertStay(
  session: BackendSession,
  keepAlive: JsonValue,
  leastMs: number,
  mostMs: number,
): Promise<void> {
  await loadModel(session, { keep_alive: keepAlive });
  const ms = await stayMs(session);
  assert.ok(ms > leastMs && ms < mostMs, `keep_alive ${JSON.stringify(keepAlive)} stays ${ms} ms`);
}

/** Loading, staying and leaving. */
export const residencyCases: readonly BackendCase[] = [
  backendCase('a request without a prompt loads the model, and keep_alive -1 keeps it for ever', async (session) => {
    await loadModel(session, { keep_alive: -1 });
    const { model } = session.target;
    const entry = await findEntry(session, '/api/ps', model);
    assert.ok(entry);
    assert.equal(entry.model, entry.name);
    assert.ok(Number(entry.size) > 0);
    assert.ok(Number(entry.size_vram) >= 0 && Number(entry.size_vram) <= Number(entry.size));
    assert.equal(entry.digest, (await findEntry(session, '/api/tags', model))?.digest);
    assert.equal(typeof entry.details, 'object');
    assert.ok(Number(entry.context_length) > 0);
    assert.ok((await stayMs(session)) > yearMs);
  }),
  backendCase('a chat without messages loads the model as well', async (session) => {
    const { model } = session.target;
    const body = { model, stream: false, messages: [], options: caseOptions() };
    const { status, first } = await session.post('/api/chat', body);
    assert.equal(status, 200);
    assert.equal(first.done_reason, 'load');
  }),
  backendCase(
    'a keep_alive is seconds as a number and a Go duration as a string, negative for ever',
    async (session) => {
      await assertStay(session, 600, 500_000, 700_000);
      await assertStay(session, '1h30m', 5_300_000, 5_500_000);
      await assertStay(session, '-1m', yearMs, Number.POSITIVE_INFINITY);
      await assertStay(session, '20m', 1_100_000, 1_300_000);
    },
  ),
  backendCase('the string "-1" is no keep_alive', async ({ post, target }) => {
    assertFailure(await post('/api/generate', { model: target.model, prompt: 'x', keep_alive: '-1' }), 400, /./);
  }),
  backendCase('a request without keep_alive keeps the stay of the model', async (session) => {
    await loadModel(session, { keep_alive: '30m' });
    const { model } = session.target;
    const messages = userMessage('Say hello. [tokens=2]');
    await session.post('/api/chat', { model, messages, options: caseOptions({ num_predict: 2 }) });
    const ms = await stayMs(session);
    assert.ok(ms > 1_700_000 && ms < 1_900_000, `${ms} ms`);
  }),
  backendCase('a fresh load without keep_alive stays for a while, not for ever', async (session) => {
    await unloadModel(session);
    await loadModel(session);
    const ms = await stayMs(session);
    assert.ok(ms > 0 && ms < yearMs, `${ms} ms`);
  }),
  backendCase('another temperature is no other runner', async (session) => {
    await loadModel(session, { keep_alive: -1 });
    const { model } = session.target;
    const options = caseOptions({ temperature: 1, seed: 4, num_predict: 2 });
    await session.post('/api/generate', { model, prompt: 'Say hello. [tokens=2]', options });
    assert.ok((await stayMs(session)) > yearMs);
  }),
  capableCase(
    'reload',
    'a larger context is another runner, which has the stay of the request that asked for it',
    async (session) => {
      const { model } = session.target;
      await unloadModel(session);
      await loadModel(session, { keep_alive: -1, options: caseOptions({ num_ctx: 1024 }) });
      assert.equal((await findEntry(session, '/api/ps', model))?.context_length, 1024);
      await loadModel(session, { options: caseOptions({ num_ctx: 2048 }) });
      assert.equal((await findEntry(session, '/api/ps', model))?.context_length, 2048);
      assert.ok((await stayMs(session)) < yearMs, 'the pin is lost');
    },
  ),
  capableCase(
    'memory-check',
    'a model that does not fit the memory is refused with what it needs and what there is',
    async ({ post, target }) => {
      const model = target.largeModel;
      const size = '\\(\\d+(\\.\\d)? [KMG]?i?B\\)';
      const words = new RegExp(`^model requires more system memory ${size} than is available ${size}$`);
      assertFailure(await post('/api/generate', { model, stream: false }), 500, words);
      assertFailure(await post('/api/chat', { model, messages: userMessage('Say hello.') }), 500, words);
    },
  ),
  backendCase('keep_alive 0 with a prompt answers first and then unloads', async (session) => {
    const { model } = session.target;
    const { status, last } = await session.post('/api/chat', {
      model,
      messages: userMessage('Say hello. [tokens=3]'),
      keep_alive: 0,
      options: caseOptions({ num_predict: 3 }),
    });
    assert.equal(status, 200);
    assert.equal(last.done, true);
    assert.ok(Number(last.eval_count) > 0);
    await eventually('the model is gone', async () => (await findEntry(session, '/api/ps', model)) === undefined);
  }),
  backendCase('keep_alive 0 without a prompt unloads, also where there is nothing to unload', async (session) => {
    await loadModel(session);
    await unloadModel(session);
    await unloadModel(session);
  }),
];
