import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../types.js';
import { type BackendCase, type BackendSession, backendCase, capableCase } from './backend-case.js';
import { assertFailure, caseOptions, loadModel, unloadModel, userMessage } from './shared-requests.js';

/** Begins a request that writes for long; `leave` closes its connection. */
async function beginLong({ post, target: { model } }: BackendSession): Promise<{ leave(): Promise<void> }> {
  const controller = new AbortController();
  const prompt = 'Write a very long story. [tokens=2000] [rate=50]';
  const body = { model, prompt, options: caseOptions({ num_predict: 2_000 }) };
  const answer = post('/api/generate', body, controller.signal);
  answer.catch(() => {});
  await sleep(100);
  return {
    async leave() {
      controller.abort();
      await assert.rejects(answer, 'it was answered before it was left');
    },
  };
}

function shortRequest({ post, target: { model } }: BackendSession, timeoutMs = 60_000) {
  const body = { model, prompt: 'Say hello. [tokens=4]', options: caseOptions({ num_predict: 4 }) };
  return post('/api/generate', body, AbortSignal.timeout(timeoutMs));
}

const part = (line: JsonObject, key: string) => Number(line[key] ?? 0);

/** Time of an answer that is in none of its parts, ms. */
function waitedMs(last: JsonObject): number {
  const parts = ['load_duration', 'prompt_eval_duration', 'eval_duration'].map((key) => part(last, key));
  return (part(last, 'total_duration') - parts.reduce((sum, ns) => sum + ns, 0)) / 1e6;
}

/** Waiting, leaving and limits. */
export const slotCases: readonly BackendCase[] = [
  backendCase('a client that leaves frees the slot for the next one', async (session) => {
    await loadModel(session);
    const first = await beginLong(session);
    await first.leave();
    assert.equal((await shortRequest(session)).last.done, true);
  }),
  capableCase(
    'single-slot',
    'a second request waits for the first, and its wait is in none of the parts of its time',
    async (session) => {
      await loadModel(session);
      const first = await beginLong(session);
      const second = shortRequest(session);
      await sleep(200);
      await first.leave();
      const waited = waitedMs((await second).last);
      assert.ok(waited > 100, `it waited ${waited} ms`);
    },
  ),
  capableCase('single-slot', 'a client that leaves while it waits is not answered in vain', async (session) => {
    await loadModel(session);
    const first = await beginLong(session);
    const second = await beginLong(session);
    await second.leave();
    await first.leave();
    // If the second were answered, this one would wait for two thousand tokens.
    assert.equal((await shortRequest(session, 15_000)).last.done, true);
  }),
  capableCase(
    'small-queue',
    'more requests than the queue of loads takes are a 503, with two spaces',
    async (session) => {
      await unloadModel(session);
      const answers = await Promise.all(Array.from({ length: 10 }, () => shortRequest(session)));
      const refused = answers.filter(({ status }) => status !== 200);
      assert.ok(refused.length > 0 && refused.length < 10, `${refused.length} of 10 refused`);
      for (const answer of refused)
        assertFailure(answer, 503, /^server busy, please try again\. {2}maximum pending requests exceeded$/);
    },
  ),
  capableCase(
    'truncation',
    'a chat that is too long is cut, and a 400 where it must not be',
    async ({ post, target: { model } }) => {
      const messages = [...userMessage('word '.repeat(1_500)), ...userMessage('Say hello. [tokens=2]')];
      const options = caseOptions({ num_ctx: 512, num_predict: 2 });
      const cut = await post('/api/chat', { model, messages, options });
      assert.equal(cut.status, 200);
      assert.ok(part(cut.last, 'prompt_eval_count') <= 512);
      assertFailure(await post('/api/chat', { model, messages, options, truncate: false }), 400, /context/);
    },
  ),
];
