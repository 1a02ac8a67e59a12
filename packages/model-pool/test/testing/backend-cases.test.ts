import { describe, expect, it } from 'vitest';
import { backendCases, runBackendSuite, startFakeOllama } from '../../src/testing/index.js';

describe('the fake passes the backend cases', () => {
  for (const { name, run } of backendCases) {
    it(name, async () => {
      await using fake = await startFakeOllama();
      await run({ url: fake.url, model: 'fake:1b' });
    });
  }

  it('the suite reports each case, also when a token is asked for', async () => {
    await using fake = await startFakeOllama({ token: 'secret' });
    const seen: string[] = [];
    const results = await runBackendSuite({ url: fake.url, model: 'fake:1b', token: 'secret' }, ({ name }) =>
      seen.push(name),
    );
    expect(results.filter(({ error }) => error !== null)).toEqual([]);
    expect(seen).toEqual(backendCases.map(({ name }) => name));
  });

  it('the suite names what a server does otherwise', async () => {
    await using fake = await startFakeOllama({ faults: [{ kind: 'no-done' }] });
    const results = await runBackendSuite({ url: fake.url, model: 'fake:1b' });
    expect(results.filter(({ error }) => error !== null).length).toBeGreaterThan(2);
  });
});

const url = process.env.TALE_TEST_OLLAMA_URL;
const model = process.env.TALE_TEST_OLLAMA_MODEL ?? 'qwen2.5:0.5b';

if (url === undefined)
  process.stderr.write(
    'model-pool: the backend cases were not run on a real Ollama, TALE_TEST_OLLAMA_URL is not set\n',
  );

describe('a real Ollama passes the backend cases', () => {
  for (const { name, run } of backendCases) {
    it(name, async (context) => {
      if (url === undefined) return context.skip('not run: TALE_TEST_OLLAMA_URL names no Ollama');
      await run({ url, model });
    });
  }
});
