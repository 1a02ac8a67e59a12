// Builds what the start-up bench needs: a home with stopped servers' data, and servers that answer in another home.

import { sampleTaskView } from '@tale/protocol/testing';
import { createTasks } from '@tale/tasks';
import { answerTask, fakeTaskId, startFakeTale } from '../test/support/fake-tale.js';
import { createHome } from '../test/support/home.js';

const down = await createHome();
await down.seed(async ({ kysely }) => {
  await using tasks = createTasks({ kysely });
  for (let at = 0; at < 1_000; at++) await tasks.submit({ kind: 'prompt', title: `task ${at}`, payload: {} });
});
const up = await createHome();
const tale = await startFakeTale({ onSubmit: (taskId, fake) => answerTask(fake, taskId, ['done']) });
const taskId = fakeTaskId('AB12CD');
tale.tasks.set(taskId, sampleTaskView({ taskId }));
const model = { model: 'tiny', roles: ['ux'], state: 'resident', memoryBytes: 1e8, tokensPerSecond: 30, error: null };
tale.answers['GET /v1/overview'] = () => ({
  tasks: { done: 1 },
  tokensToday: { inputTokens: 1, outputTokens: 1, calls: 1 },
});
tale.answers['GET /v1/servers'] = () => ({ daemonId: 'daemon', servers: [] });
tale.answers['GET /v1/pool'] = () => ({
  models: [model],
  backends: [],
  lanes: [],
  memory: { budgetBytes: null, heldBytes: 0 },
});
tale.answers['GET /v1/tokens'] = () => ({ rows: [], totals: {}, droppedRecords: 0 });
await up.writeRuntime(tale.runtime());
process.send?.({ down: down.path, up: up.path });
process.once('disconnect', async () => {
  await tale[Symbol.asyncDispose]();
  await down[Symbol.asyncDispose]();
  await up[Symbol.asyncDispose]();
});
