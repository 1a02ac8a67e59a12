import { join } from 'node:path';
import { fileEntry, writeTinyGguf } from '@tale/local-engine/testing';
import { expect, it } from 'vitest';
import { failureOf } from './harness/document.js';
import { prepareEngine, tiny } from './harness/engine-models.js';
import { large, scripted, textRequests } from './harness/fake-models.js';
import { startTale } from './harness/tale.js';

it('E2E-MODELS-1 chooses the smallest model to talk and the largest that fits to work, and says so', async () => {
  await using tale = await startTale();
  expect((await tale.run(['submit', '[say hi]'])).code).toBe(0);
  expect(textRequests(tale.fake, large)).toHaveLength(1);
  expect(textRequests(tale.fake, 'small:1b')).toHaveLength(1);
});

it('E2E-MODELS-2 fetches a first model where Ollama has none, and shows the progress', async () => {
  const first = { model: 'qwen2.5:0.5b', bytes: 400_000_000 };
  await using tale = await startTale({ fake: { models: [], pullable: [first], timing: { loadMs: 2_000 } } });
  const { code, stdout, stderr } = await tale.run(['submit', '[say fetched]']);
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'fetched\n' });
  expect(stderr).toMatch(/qwen2\.5:0\.5b: pulling/);
});

it('E2E-MODELS-3 E2E-EXIT-5 names the models that there are where the configured one is missing', async () => {
  await using tale = await startTale({ env: { TALE_MODELS_PLANNING: 'nope:7b' } });
  const result = await tale.run(['submit', '--json', 'hello']);
  expect(result.code, result.stderr).toBe(5);
  const { code, message, hint } = failureOf(result);
  expect(code).toBe('model-missing');
  expect(message).toContain('nope:7b');
  expect(hint).toMatch(/small:1b.*large:3b/);
});

it('E2E-MODELS-3 E2E-EXIT-5 names the models that can be had where the configured one is in no catalogue', async () => {
  await using tale = await startTale({ models: 'engine', env: { TALE_MODELS_PLANNING: 'nope:7b' } });
  const result = await tale.run(['submit', '--json', 'hello']);
  expect(result.code, result.stderr).toBe(5);
  const { code, message, hint } = failureOf(result);
  expect(code).toBe('model-missing');
  expect(message).toContain('nope:7b');
  expect(hint).toMatch(/smollm2:135m.*qwen2\.5:0\.5b/);
});

it('E2E-MODELS-4 E2E-EXIT-5 says what was tried where no model can be had', async () => {
  await using tale = await startTale({ models: 'none', env: { TALE_MODEL_SOURCES: 'file' } });
  await prepareEngine(tale.dataFolder, []);
  const text = await tale.run(['submit', 'hello']);
  expect({ code: text.code, stdout: text.stdout }, text.stderr).toEqual({ code: 5, stdout: '' });
  expect(text.stderr).toMatch(/Ollama does not answer/);
  expect(text.stderr).toMatch(/huggingface/);
  expect(text.stderr).toMatch(/pypi/);
  expect(text.stderr).toMatch(/local-engine add/);
  const json = await tale.run(['submit', '--json', 'hello']);
  expect(json.code).toBe(5);
  const failure = failureOf(json);
  expect(failure).toMatchObject({ code: 'models-unavailable', retryable: true });
  expect(failure.details.tried.length).toBeGreaterThan(1);
});

it('E2E-MODELS-5 tries again by itself when Ollama dies in mid-stream, and gives the whole answer', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  await tale.fake.set({ kind: 'reset-mid', model: large, after: 3, times: 1 });
  const { code, stdout, stderr } = await tale.run(['submit', scripted('[say one two three four five six]')]);
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'one two three four five six\n' });
  expect(textRequests(tale.fake, large)).toHaveLength(2);
});

it('E2E-MODELS-6 E2E-EXIT-5 ends with 5 when Ollama stays away, and answers again once it is back', async () => {
  await using tale = await startTale();
  expect((await tale.run(['submit', '[say before]'])).stdout).toBe('before\n');
  const running = tale.spawn(['submit', '--json', scripted('[tokens=100] [rate=10]')], { timeoutMs: 55_000 });
  await expect.poll(() => textRequests(tale.fake, large).length, { timeout: 10_000 }).toBe(2);
  await tale.fake.set({ kind: 'refuse' });
  const cut = await running.ended;
  expect(cut.code, cut.stderr).toBe(5);
  expect(failureOf(cut)).toMatchObject({ code: 'backend-down', source: expect.stringMatching(/execution|models/) });
  await tale.fake.set();
  expect((await tale.run(['submit', '[say after]'])).stdout).toBe('after\n');
});

it('E2E-MODELS-7 E2E-EXIT-5 uses no file that is not the one of the catalogue', async () => {
  await using tale = await startTale({ models: 'none', env: { TALE_MODELS_UX: tiny, TALE_MODELS_PLANNING: tiny } });
  const gguf = join(tale.home, 'tiny.gguf');
  await writeTinyGguf(gguf);
  await prepareEngine(tale.dataFolder, [{ ...(await fileEntry(tiny, gguf)), sha256: '0'.repeat(64) }]);
  const refused = await tale.run(['submit', '--json', 'hello']);
  expect(refused.code, refused.stderr).toBe(5);
  expect(JSON.stringify(failureOf(refused))).toMatch(/another SHA-256/);
});
