import { describe, expect, it } from 'vitest';
import { createModelPool, type PoolEvent } from '../../../src/index.js';
import { type FakeOllamaOptions, startFakeOllama } from '../../../src/testing/index.js';

async function open(options: FakeOllamaOptions) {
  const fake = await startFakeOllama({ models: [{ model: 'small:1b' }, { model: 'large:8b' }], ...options });
  const pool = createModelPool({
    backends: { fake: { kind: 'openai', url: `${fake.url}/v1` } },
    models: {
      small: { backend: 'fake', model: 'small:1b', contextTokens: 4096 },
      large: { backend: 'fake', model: 'large:8b', contextTokens: 4096, think: true },
    },
    roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } },
  });
  const events: PoolEvent[] = [];
  pool.subscribe((event) => events.push(event));
  return {
    fake,
    pool,
    events,
    async [Symbol.asyncDispose]() {
      await pool.close();
      await fake.close();
    },
  };
}

describe('a pool on servers with the API of OpenAI', () => {
  it('waits for a llama-server that loads its model, and says so', async () => {
    await using opened = await open({ serves: 'llama-server', timing: { loadMs: 700 } });
    const { text, end } = await opened.pool.generate({ role: 'ux', prompt: '[say good morning]' });
    expect(text).toBe('good morning');
    expect(end).toMatchObject({ status: 'ok', attempt: 1, provider: 'openai' });
    expect(end.timing.loadMs).toBeGreaterThan(200);
    expect(opened.events.filter(({ type }) => type === 'model-load')).toHaveLength(1);
    expect(opened.pool.status().backends).toMatchObject([{ kind: 'openai', state: 'up', engine: 'llamacpp' }]);
  });

  it('asks nothing of the server to load or to unload', async () => {
    await using opened = await open({ serves: 'llama-server' });
    await opened.pool.start();
    await opened.pool.generate({ role: 'planning', prompt: 'x' });
    const paths = new Set(opened.fake.log.map(({ path }) => path));
    expect([...paths].sort()).toEqual(['/health', '/v1/chat/completions', '/v1/models']);
  });

  it('reports cached tokens of llama-server, and that Ollama says nothing of them', async () => {
    for (const [serves, cacheReadTokens] of [
      ['llama-server', 2],
      ['ollama', null],
    ] as const) {
      await using opened = await open({ serves });
      const { end } = await opened.pool.generate({ role: 'ux', prompt: 'one two three four [tokens=3]' });
      expect(end.usage, serves).toMatchObject({ inputTokens: 5, outputTokens: 3, cacheReadTokens, source: 'reported' });
    }
  });

  it('decides by probabilities where the server can, else by a schema', async () => {
    const questions = { task: { type: 'noul', instructions: 'Is it a task?' } } as const;
    for (const [serves, method] of [
      ['llama-server', 'probabilities'],
      ['ollama', 'schema'],
    ] as const) {
      await using opened = await open({ serves });
      const decided = await opened.pool.decide({ state: 'do it', questions });
      expect(decided.method, serves).toBe(method);
      expect(decided.answers.task?.type, serves).toBe('noul');
    }
  });
});
