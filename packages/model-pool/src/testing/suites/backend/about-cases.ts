import assert from 'node:assert/strict';
import type { JsonObject } from '../../../types.js';
import { type BackendCase, backendCase, capableCase } from './backend-case.js';
import { assertFailure, findEntry } from './shared-requests.js';

/** What a server says about itself and its models. */
export const aboutCases: readonly BackendCase[] = [
  backendCase('the root says that it is running', async ({ send }) => {
    const { status, text } = await send('/');
    assert.equal(status, 200);
    assert.equal(text, 'Ollama is running');
  }),
  backendCase('the version is told', async ({ send }) => {
    const { status, first } = await send('/api/version');
    assert.equal(status, 200);
    assert.equal(typeof first.version, 'string');
  }),
  backendCase('an installed model is listed with its size, digest and details', async (session) => {
    const entry = await findEntry(session, '/api/tags', session.target.model);
    assert.ok(Number(entry?.size) > 0);
    assert.match(String(entry?.digest), /^(sha256:)?[0-9a-f]{12,}$/);
    assert.equal(typeof entry?.details, 'object');
  }),
  backendCase('a model is described with its shape and its capabilities', async ({ post, target }) => {
    const { status, first } = await post('/api/show', { model: target.model });
    assert.equal(status, 200);
    const info = first.model_info as JsonObject;
    const architecture = String(info['general.architecture']);
    assert.ok(Number(info[`${architecture}.block_count`]) > 0);
    assert.ok((first.capabilities as string[]).includes('completion'));
  }),
  backendCase('a model that is not installed is a 404 that says so, wherever it is named', async ({ post }) => {
    const model = 'no-such-model:1b';
    assertFailure(await post('/api/show', { model }), 404, /model .*not found/);
    assertFailure(await post('/api/generate', { model, prompt: 'x' }), 404, /model .*not found/);
    const messages = [{ role: 'user', content: 'x' }];
    assertFailure(await post('/api/chat', { model, messages }), 404, /model .*not found/);
  }),
  backendCase('a path that does not exist is a 404', async ({ send }) => {
    assert.equal((await send('/api/no-such-path')).status, 404);
  }),
  capableCase('host-check', 'a foreign Host is a 403 without a body', async ({ send }) => {
    const { status, text } = await send('/api/tags', { headers: { host: 'attacker.example' } });
    assert.equal(status, 403);
    assert.equal(text, '');
  }),
  capableCase(
    'pull',
    'a pull tells its progress and ends with success, and what was pulled can be deleted',
    async (session) => {
      const { post, send, target } = session;
      const { pullableModel: model } = target;
      const { status, lines, last } = await post('/api/pull', { model });
      assert.equal(status, 200);
      assert.equal(last.status, 'success');
      const progress = lines.filter(({ total }) => total !== undefined);
      assert.ok(progress.length > 0);
      for (const { digest, total, completed = 0 } of progress) {
        assert.match(String(digest), /^sha256:[0-9a-f]{64}$/);
        assert.ok(Number(completed) <= Number(total));
      }
      assert.ok(await findEntry(session, '/api/tags', model));
      const remove = () => send('/api/delete', { method: 'DELETE', body: { model } });
      assert.equal((await remove()).status, 200);
      assert.equal(await findEntry(session, '/api/tags', model), undefined);
      assertFailure(await remove(), 404, /model .*not found/);
    },
  ),
  capableCase('pull', 'a pull of what does not exist fails in its stream', async ({ post }) => {
    const { lines, last } = await post('/api/pull', { model: 'no-such-model:1b' });
    assert.equal(typeof last.error, 'string');
    assert.ok(lines.every(({ status }) => status !== 'success'));
  }),
];
