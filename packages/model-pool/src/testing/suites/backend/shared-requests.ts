import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../types.js';
import type { BackendAnswer, BackendSession } from './backend-case.js';

/** Options that most cases send, so that they share one runner. */
export function caseOptions(more: JsonObject = {}): JsonObject {
  return { num_ctx: 2048, temperature: 0, ...more };
}

/** A chat of one message. */
export function userMessage(content: string): JsonObject[] {
  return [{ role: 'user', content }];
}

/** The entry of a model in a list; `undefined` = it is not in it. */
export async function findEntry(
  { send }: BackendSession,
  path: '/api/ps' | '/api/tags',
  model: string,
): Promise<JsonObject | undefined> {
  const [list] = (await send(path)).lines;
  return (list?.models as JsonObject[] | undefined)?.find(({ name }) => name === model || name === `${model}:latest`);
}

/** Waits for something that only the server knows. */
export async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let count = 0; count < 200; count += 1) {
    if (await check()) return;
    await sleep(50);
  }
  assert.fail(`not seen within 10 s: ${what}`);
}

/** Loads a model by a request without a prompt. */
export async function loadModel(session: BackendSession, more: JsonObject = {}): Promise<void> {
  const body = { model: session.target.model, stream: false, options: caseOptions(), ...more };
  const { status, first } = await session.post('/api/generate', body);
  assert.equal(status, 200);
  assert.equal(first.done, true);
  assert.equal(first.done_reason, 'load');
}

/** Unloads a model and waits until it is gone. */
export async function unloadModel(session: BackendSession): Promise<void> {
  const { model } = session.target;
  const { status, first } = await session.post('/api/generate', { model, stream: false, keep_alive: 0 });
  assert.equal(status, 200);
  assert.equal(first.done_reason, 'unload');
  await eventually('the model is gone', async () => (await findEntry(session, '/api/ps', model)) === undefined);
}

/** How long the model stays from now on, ms. */
export async function stayMs(session: BackendSession): Promise<number> {
  const entry = await findEntry(session, '/api/ps', session.target.model);
  assert.ok(entry, 'the model is in memory');
  return Date.parse(String(entry.expires_at)) - Date.now();
}

/** A failure as all of `/api` tells it. */
export function assertFailure({ status, type, first }: BackendAnswer, expected: number, words: RegExp): void {
  assert.equal(status, expected);
  assert.match(type, /application\/json/);
  assert.match(String(first.error), words);
}
