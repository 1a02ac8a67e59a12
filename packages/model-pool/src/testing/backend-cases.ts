import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { JsonObject } from '../types.js';

/** A server with Ollama's API. */
export interface BackendTarget {
  /** Where it listens. */
  readonly url: string;
  /** An installed chat model. */
  readonly model: string;
  /** Bearer token. */
  readonly token?: string | undefined;
}

/** What the cases work with. */
interface Session {
  readonly model: string;
  send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: JsonObject, signal?: AbortSignal): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  /** The objects of the answer, one per line. */
  readonly lines: JsonObject[];
}

/** A case: something that the pool relies on. */
export interface BackendCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** Rejects where the server behaves in another way. */
  run(target: BackendTarget): Promise<void>;
}

/** How a case went. */
export interface BackendCaseResult {
  /** The case. */
  readonly name: string;
  /** Why it failed; `null` = it did not. */
  readonly error: unknown;
}

async function withSession(target: BackendTarget, use: (session: Session) => Promise<void>): Promise<void> {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const headers: Record<string, string> = target.token === undefined ? {} : { authorization: `Bearer ${target.token}` };
  try {
    await use({
      model: target.model,
      async send(method, path, body, signal) {
        const answer = await request(new URL(path, target.url), {
          method,
          dispatcher: agent,
          headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          body: body === undefined ? null : JSON.stringify(body),
          signal: signal ?? null,
        });
        const text = await answer.body.text();
        const lines = text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as JsonObject);
        return { status: answer.statusCode, type: String(answer.headers['content-type'] ?? ''), lines };
      },
    });
  } finally {
    await agent.destroy();
  }
}

const backendCase = (name: string, run: (session: Session) => Promise<void>): BackendCase => ({
  name,
  run: (target) => withSession(target, run),
});

const options = (more: JsonObject = {}): JsonObject => ({ num_ctx: 2048, temperature: 0, ...more });
const user = (content: string) => [{ role: 'user', content }];
const entry = async ({ send, model }: Session, path: '/api/ps' | '/api/tags'): Promise<JsonObject | undefined> => {
  const { lines } = await send('GET', path);
  return (lines[0]?.models as JsonObject[] | undefined)?.find(
    ({ name }) => name === model || name === `${model}:latest`,
  );
};

/** Facts about Ollama's API that the pool relies on. Every server that the pool is to speak with passes them. */
export const backendCases: readonly BackendCase[] = [
  backendCase('the version is told', async ({ send }) => {
    const { status, lines } = await send('GET', '/api/version');
    assert.equal(status, 200);
    assert.equal(typeof lines[0]?.version, 'string');
  }),
  backendCase('an installed model is listed with its size and digest', async (session) => {
    const model = await entry(session, '/api/tags');
    assert.ok(Number(model?.size) > 0);
    assert.match(String(model?.digest), /^(sha256:)?[0-9a-f]{12,}$/);
  }),
  backendCase('a model is described', async ({ send, model }) => {
    const { status, lines } = await send('POST', '/api/show', { model });
    assert.equal(status, 200);
    assert.equal(typeof lines[0]?.model_info, 'object');
  }),
  backendCase('a request without a prompt loads the model, and keep_alive -1 keeps it', async (session) => {
    const { status, lines } = await session.send('POST', '/api/generate', {
      model: session.model,
      stream: false,
      keep_alive: -1,
      options: options(),
    });
    assert.equal(status, 200);
    assert.equal(lines[0]?.done, true);
    assert.equal(lines[0]?.done_reason, 'load');
    const loaded = await entry(session, '/api/ps');
    assert.ok(Number(loaded?.context_length) > 0);
    assert.ok(Date.parse(String(loaded?.expires_at)) > Date.now() + 365 * 86_400_000);
  }),
  backendCase(
    'a chat streams by default, one object a line, and only the last one is done, with counts and durations',
    async ({ send, model }) => {
      const { status, type, lines } = await send('POST', '/api/chat', {
        model,
        messages: user('Say hello.'),
        options: options({ num_predict: 8 }),
      });
      assert.equal(status, 200);
      assert.match(type, /application\/x-ndjson/);
      assert.ok(lines.length >= 2);
      assert.deepEqual(
        lines.map(({ done }) => done === true),
        [...lines.slice(1).map(() => false), true],
      );
      const last = lines.at(-1);
      assert.ok(Number.isInteger(last?.prompt_eval_count) && Number(last?.prompt_eval_count) > 0);
      assert.ok(Number.isInteger(last?.eval_count) && Number(last?.eval_count) <= 8);
      assert.ok(Number.isInteger(last?.total_duration) && Number(last?.total_duration) >= Number(last?.eval_duration));
      assert.ok(lines.every((line) => line.model === model));
    },
  ),
  backendCase('generate streams its text in response', async ({ send, model }) => {
    const { lines } = await send('POST', '/api/generate', {
      model,
      prompt: 'Say hello.',
      options: options({ num_predict: 8 }),
    });
    assert.ok(lines.map(({ response }) => response).join('').length > 0);
    assert.equal(lines.at(-1)?.done, true);
  }),
  backendCase('num_predict cuts the answer and says length', async ({ send, model }) => {
    const { lines } = await send('POST', '/api/generate', {
      model,
      prompt: 'Count from one to one hundred in words:',
      options: options({ num_predict: 3 }),
    });
    assert.equal(lines.at(-1)?.done_reason, 'length');
    assert.equal(lines.at(-1)?.eval_count, 3);
  }),
  backendCase('stream false gives one object', async ({ send, model }) => {
    const { lines, type } = await send('POST', '/api/chat', {
      model,
      messages: user('Say hello.'),
      stream: false,
      options: options({ num_predict: 4 }),
    });
    assert.match(type, /application\/json/);
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.done, true);
    assert.ok(Number(lines[0]?.eval_count) > 0);
  }),
  backendCase('think false is accepted', async ({ send, model }) => {
    const { status } = await send('POST', '/api/chat', {
      model,
      messages: user('Say hello.'),
      think: false,
      options: options({ num_predict: 4 }),
    });
    assert.equal(status, 200);
  }),
  backendCase('an unknown model is a 404 that says not found', async ({ send }) => {
    const { status, lines } = await send('POST', '/api/chat', { model: 'no-such-model:1b', messages: user('x') });
    assert.equal(status, 404);
    assert.match(String(lines[0]?.error), /model .*not found/);
  }),
  backendCase('the string "-1" is no keep_alive', async ({ send, model }) => {
    const { status, lines } = await send('POST', '/api/generate', { model, prompt: 'x', keep_alive: '-1' });
    assert.equal(status, 400);
    assert.equal(typeof lines[0]?.error, 'string');
  }),
  backendCase('a client that leaves frees the slot for the next one', async (session) => {
    const { send, model } = session;
    const controller = new AbortController();
    const left = send(
      'POST',
      '/api/generate',
      { model, prompt: 'Write a very long story. [tokens=2000] [rate=50]', options: options({ num_predict: 2000 }) },
      controller.signal,
    );
    left.catch(() => {});
    await sleep(300);
    controller.abort();
    await assert.rejects(left);
    const { lines } = await send(
      'POST',
      '/api/generate',
      { model, prompt: 'Say hello.', options: options({ num_predict: 4 }) },
      AbortSignal.timeout(60_000),
    );
    assert.equal(lines.at(-1)?.done, true);
  }),
  backendCase('a Go duration is a keep_alive and sets the time to stay', async (session) => {
    const { status } = await session.send('POST', '/api/generate', {
      model: session.model,
      stream: false,
      keep_alive: '10m',
      options: options(),
    });
    assert.equal(status, 200);
    const leftMs = Date.parse(String((await entry(session, '/api/ps'))?.expires_at)) - Date.now();
    assert.ok(leftMs > 500_000 && leftMs < 700_000, `${leftMs} ms`);
  }),
  backendCase('keep_alive 0 without a prompt unloads the model', async (session) => {
    const { status, lines } = await session.send('POST', '/api/generate', {
      model: session.model,
      stream: false,
      keep_alive: 0,
    });
    assert.equal(status, 200);
    assert.equal(lines[0]?.done_reason, 'unload');
    for (let count = 0; count < 100 && (await entry(session, '/api/ps')) !== undefined; count += 1) await sleep(50);
    assert.equal(await entry(session, '/api/ps'), undefined);
  }),
];

/** Runs all cases on a server, one after the other, and says how each went. */
export async function runBackendSuite(
  target: BackendTarget,
  onResult: (result: BackendCaseResult) => void = () => {},
): Promise<BackendCaseResult[]> {
  const results: BackendCaseResult[] = [];
  for (const { name, run } of backendCases) {
    const result = await run(target).then(
      () => ({ name, error: null }),
      (error: unknown) => ({ name, error }),
    );
    results.push(result);
    onResult(result);
  }
  return results;
}
