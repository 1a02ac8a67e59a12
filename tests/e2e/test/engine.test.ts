import { expect, it } from 'vitest';
import { documentOf } from './harness/document.js';
import { tiny } from './harness/engine-models.js';
import { canSeeProcesses } from './harness/processes.js';
import type { Tale } from './harness/tale.js';
import { useTale } from './harness/use-tale.js';

/** So small a model writes some thousand tokens a second; a shorter answer would end before anybody could kill it. */
const longest = 1_500;
const installed = useTale({ models: 'engine', env: { TALE_MODELS_MAX_OUTPUT_TOKENS: String(longest) } });

/** The process that holds the model: a child of the engine. */
function runnerOf(tale: Tale): number | undefined {
  const engine = tale.server('local-engine').pid;
  return tale.processes().find(({ parent }) => parent === engine)?.pid;
}

it('E2E-ENGINE-1 answers with a real model of its own where no Ollama does', async () => {
  const result = await installed().run(['submit', 'hello']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stdout).toMatch(/^hello, this is a tiny model of tale\./);
  const { models } = documentOf(await installed().run(['models', 'ps', '--json']), 'tale.models/1');
  expect(models).toMatchObject([{ model: tiny, state: 'resident' }]);
});

it('E2E-COUNT-3 takes the counts of its own engine as they are, also of an answer at the limit of its length', async () => {
  const { usage } = documentOf(await installed().run(['submit', '--json', 'hello']), 'tale.submit/1');
  const countsOf = (wanted: string) =>
    usage.byModel.find(({ role }: { role: string }) => role === wanted)?.outputTokens;
  expect({ acknowledgement: countsOf('ux'), answer: countsOf('planning'), source: usage.source }).toEqual({
    acknowledgement: 32,
    answer: longest,
    source: 'reported',
  });
});

it.skipIf(!canSeeProcesses)(
  'E2E-FAULT-7 ends a task by itself after kill -9 of the process that holds the model',
  async () => {
    const tale = installed();
    const running = tale.spawn(['submit', 'hello']);
    await running.shows('is writing');
    const runner = runnerOf(tale);
    expect(runner).toBeDefined();
    process.kill(runner as number, 'SIGKILL');
    const killedMs = performance.now();
    const { code, stdout, stderr } = await running.ended;
    expect(code, stderr).toBe(0);
    expect(performance.now() - killedMs).toBeLessThan(15_000);
    expect(stdout).toMatch(/^hello, this is a tiny model/);
    const { taskId } = documentOf(await tale.run(['list', '--limit', '1', '--json']), 'tale.list/1').tasks[0];
    const task = await tale.task(taskId);
    expect(task.state).toBe('done');
    const planning = task.usage.byModel.find(({ role }) => role === 'planning');
    expect(planning?.calls).toBe(2);
    expect(runnerOf(tale)).not.toBe(runner);
  },
);
