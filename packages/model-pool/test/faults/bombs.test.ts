import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backends/backend.js';
import { createOllamaBackend } from '../../src/backends/ollama/backend.js';
import { createOpenAiBackend } from '../../src/backends/openai/backend.js';
import { ModelPoolError } from '../../src/index.js';
import { silentLogger, systemClock } from '../../src/system.js';
import { startFakeOllama } from '../../src/testing/index.js';
import { watchMemory } from '../../src/testing/suites/fault/watch-memory.js';

const parts = { name: 'fake', clock: systemClock, connectMs: 1_000, logger: silentLogger };
const profile = {
  model: 'fake:1b',
  contextTokens: 2048,
  maxOutputTokens: 2048,
  think: false,
  slots: 1,
  isEmbedder: false,
  runner: { num_ctx: 2048 },
  keepAlive: -1,
};
const never = new AbortController().signal;
const limitMb = 100;

const requests: [string, 'ollama' | 'openai', (backend: Backend) => Promise<unknown>][] = [
  ['/api/version', 'ollama', (backend) => backend.version(never)],
  ['/api/tags', 'ollama', (backend) => backend.list(never)],
  ['/api/ps', 'ollama', (backend) => backend.loaded(never)],
  ['/api/generate', 'ollama', (backend) => backend.load(profile, never)],
  ['/api/pull', 'ollama', (backend) => backend.pull('pullable:1b', never, () => {})],
  ['/v1/models', 'openai', (backend) => backend.list(never)],
];

describe('an answer that would fill the memory is refused, whatever was asked for', () => {
  for (const kind of ['huge-line', 'gzip'] as const) {
    for (const [path, api, ask] of requests) {
      it(`${kind} at ${path}`, async () => {
        await using fake = await startFakeOllama({ faults: [{ kind, path }] });
        const backend =
          api === 'ollama'
            ? createOllamaBackend({ kind: 'ollama', url: fake.url }, parts)
            : createOpenAiBackend({ kind: 'openai', url: fake.url }, parts);
        const memory = watchMemory();
        const error = await ask(backend).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        const grownMb = memory.stop() / 2 ** 20;
        await backend.close();
        expect(ModelPoolError.isInstance(error), String(error)).toBe(true);
        expect(grownMb).toBeLessThan(limitMb);
      });
    }
  }
});
