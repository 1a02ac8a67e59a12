import { describe, expect, it } from 'vitest';
import {
  type BackendCapabilities,
  type BackendCase,
  type BackendTarget,
  backendCases,
  type FakeOllamaOptions,
  openAiCases,
  runBackendSuite,
  skipReason,
  startFakeOllama,
} from '../../../src/testing/index.js';

/** What Ollama is capable of, with the models that the fake has. */
const ollama: BackendCapabilities = {
  embeddings: true,
  tools: true,
  thinking: true,
  'plain-model': true,
  json: true,
  schema: true,
  systemone: 'Ollama has no /v1/systemone',
  tokenize: 'Ollama does not tell its tokens',
  pull: true,
  reload: true,
  truncation: true,
  'single-slot': true,
  'small-queue': true,
  'memory-check': true,
  'host-check': true,
  'model-names': true,
};

async function startTarget(options: FakeOllamaOptions = {}): Promise<BackendTarget & AsyncDisposable> {
  const fake = await startFakeOllama({
    models: [
      { model: 'fake:1b' },
      { model: 'plain:1b', capabilities: ['completion'] },
      { model: 'vectors:1b', capabilities: ['embedding'] },
      { model: 'large:70b', bytes: 44_000_000_000 },
    ],
    memoryBytes: 8_000_000_000,
    timing: { loadMs: 150 },
    maxQueue: 2,
    ...options,
  });
  return {
    url: fake.url,
    model: 'fake:1b',
    plainModel: 'plain:1b',
    embedModel: 'vectors:1b',
    pullableModel: 'pullable:1b',
    largeModel: 'large:70b',
    ...(options.token === undefined ? {} : { token: options.token }),
    [Symbol.asyncDispose]: () => fake.close(),
  };
}

describe('the fake passes the backend cases', () => {
  for (const oneCase of backendCases) {
    const reason = skipReason(oneCase, ollama);
    // What Ollama has not, other engines have.
    it(reason === null ? oneCase.name : `as another engine: ${oneCase.name}`, async () => {
      await using target = await startTarget(reason === null ? {} : { engine: 'other' });
      await oneCase.run(target);
    });
  }
});

for (const serves of ['ollama', 'llama-server'] as const) {
  describe(`the fake as ${serves} passes the cases of OpenAI's API`, () => {
    for (const oneCase of openAiCases) {
      it(oneCase.name, async () => {
        // Ollama counts for nobody; other engines with its API do.
        const engine = serves === 'ollama' && oneCase.needs === 'tokenize' ? { engine: 'other' } : {};
        await using target = await startTarget({ serves, timing: {}, ...engine });
        await oneCase.run(target);
      });
    }
  });
}

describe('the suite', () => {
  it('reports each case, also when a token is asked for, and ends the server', async () => {
    const seen: string[] = [];
    let url = '';
    const results = await runBackendSuite({
      async start() {
        const target = await startTarget({ token: 'secret' });
        url = target.url;
        return target;
      },
      capabilities: ollama,
      onResult: ({ name }) => seen.push(name),
    });
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(seen).toEqual(backendCases.map(({ name }) => name));
    expect(results.filter(({ outcome }) => outcome === 'skipped').map(({ reason }) => reason)).toEqual([
      'systemone: Ollama has no /v1/systemone',
      'tokenize: Ollama does not tell its tokens',
      'tokenize: Ollama does not tell its tokens',
    ]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('names what a server does otherwise', async () => {
    const results = await runBackendSuite({
      start: () => startTarget({ faults: [{ kind: 'no-done' }] }),
      capabilities: ollama,
    });
    const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
    expect(failed).toContain(
      'a chat streams by default, one object a line, and only the last one is done, with counts and nanoseconds',
    );
    expect(failed).not.toContain('the version is told');
  });

  it('does not wait for a server that does not answer', async () => {
    const results = await runBackendSuite({
      start: () => startTarget({ faults: [{ kind: 'silent', path: '/api/version' }] }),
      capabilities: ollama,
      timeoutMs: 2_000,
    });
    expect(results.find(({ name }) => name === 'the version is told')).toMatchObject({ outcome: 'failed' });
  });
});

/** Names of further capabilities that the servers under test have, such as `single-slot,small-queue`. */
const further = (process.env.TALE_TEST_CAPABILITIES ?? '').split(',').map((name) => [name, true] as const);
/** A small model by itself: what needs another one, or a special start of the server, is left out unless it is named. */
const real: BackendCapabilities = {
  ...ollama,
  tools: 'the model has no template for tools',
  thinking: 'the model does not think',
  pull: 'nothing is fetched from outside',
  'single-slot': 'it may have been started with more slots',
  'small-queue': 'it may have been started with a longer queue',
  'memory-check': 'its model fits',
  ...Object.fromEntries(further),
};

function realCases(cases: readonly BackendCase[], capabilities: BackendCapabilities, variable: string, model: string) {
  const url = process.env[variable];
  if (url === undefined) it.skip(`not run: ${variable} names no server (${cases.length} cases)`, () => {});
  for (const oneCase of url === undefined ? [] : cases) {
    const reason = skipReason(oneCase, capabilities);
    if (reason !== null) it.skip(`${oneCase.name} (${reason})`, () => {});
    else it(oneCase.name, () => oneCase.run({ url: url ?? '', model }), 180_000);
  }
}

describe('a real Ollama', () => {
  const { TALE_TEST_OLLAMA_MODEL: model = 'smollm2:135m' } = process.env;
  describe('passes the backend cases', () => realCases(backendCases, real, 'TALE_TEST_OLLAMA_URL', model));
  describe("passes the cases of OpenAI's API", () => realCases(openAiCases, real, 'TALE_TEST_OLLAMA_URL', model));
});

describe('a real llama-server', () => {
  const { TALE_TEST_LLAMA_MODEL: model = 'smollm2' } = process.env;
  const capabilities: BackendCapabilities = {
    ...real,
    tokenize: true,
    embeddings: 'it was started for text',
    'model-names': 'it answers to every name',
  };
  describe("passes the cases of OpenAI's API", () =>
    realCases(openAiCases, capabilities, 'TALE_TEST_LLAMA_URL', model));
});
