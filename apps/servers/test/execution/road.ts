import { createCheckpoints, migrateCheckpoints } from '@tale/checkpoints';
import { createContext, migrateContext } from '@tale/context';
import { createModelPool } from '@tale/model-pool';
import { createRemotePool } from '@tale/model-pool/remote';
import { createPoolHandler } from '@tale/model-pool/server';
import { type FakeOllamaOptions, startFakeOllama } from '@tale/model-pool/testing';
import { createTasks, migrateTasks } from '@tale/tasks';
import { manualClock, temporaryDatabase, until } from '@tale/test-kit';
import { ulid } from 'ulid';
import { createPlanningWindow } from '../../src/execution/planning-window.js';
import { promptCounter } from '../../src/execution/prompt-counter.js';
import { createPromptTask } from '../../src/execution/prompt-task.js';
import { createTaskMemory, type TaskMemoryOptions } from '../../src/execution/task-memory.js';
import { serveHttp } from '../../src/server/serve-http.js';
import { groupWriter } from '../../src/storage/group-writer.js';
import { type Lies, startLyingServer } from './lying-server.js';

/** How a road differs from the usual one. */
export interface RoadOptions extends FakeOllamaOptions {
  /** The window that the pool believes in. */
  readonly windowTokens?: number;
  /** What stands between the pool and the server. */
  readonly lies?: Lies;
  /** Instead of the context's own. */
  readonly recall?: TaskMemoryOptions['recall'];
}

/** The real road from the queue to a model server, in one process. */
export async function road({ windowTokens = 2048, lies, recall, ...fake }: RoadOptions = {}) {
  const disposals: (() => PromiseLike<void>)[] = [];
  const use = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    disposals.push(() => resource[Symbol.asyncDispose]());
    return resource;
  };
  const database = use(await temporaryDatabase());
  await migrateTasks(database.kysely);
  await migrateCheckpoints(database.kysely);
  await migrateContext(database.kysely);
  const writer = groupWriter(database.kysely);
  const ollama = use(await startFakeOllama({ models: [{ model: 'tiny' }], ...fake }));
  const url = lies === undefined ? ollama.url : use(await startLyingServer(ollama.url, lies)).url;
  const pool = use(
    createModelPool({
      backends: { ollama: { kind: 'ollama', url } },
      models: { tiny: { backend: 'ollama', model: 'tiny', contextTokens: windowTokens } },
      roles: { ux: { candidates: ['tiny'] }, planning: { candidates: ['tiny'] } },
    }),
  );
  await pool.start();
  const token = 'secret';
  const server = await serveHttp({
    name: 'models',
    instance: 1,
    nonce: 'n',
    token,
    port: 0,
    routes: [],
    otherwise: createPoolHandler(pool),
  });
  disposals.push(() => server.close({ drainMs: 0 }));
  const remote = use(createRemotePool({ url: server.url, token }));
  const checkpoints = createCheckpoints({ kysely: database.kysely, writer });
  const tasks = use(createTasks({ kysely: database.kysely, writer }));
  const context = use(createContext({ kysely: database.kysely, writer, countTokens: promptCounter(remote) }));
  const warnings: object[] = [];
  const clock = manualClock();
  const memory = createTaskMemory({
    recall: recall ?? context.recall,
    logger: { warn: (facts: object) => void warnings.push(facts) } as TaskMemoryOptions['logger'],
    after: clock.after,
  });
  const handler = createPromptTask({
    pool: remote,
    checkpoints,
    memory,
    windows: context.window,
    planningWindow: createPlanningWindow({ pool: remote, now: Date.now }),
    createId: ulid,
    maxOutputTokens: 64,
    modelsReady: async () => undefined,
  });
  const submit = (payload: object) => tasks.submit({ kind: 'prompt', title: 't', payload: payload as never });
  const ended = (id: string) =>
    until('the task ends', async () => ((await tasks.get(id))?.endedAtMs ? await tasks.get(id) : null));
  /** What the model was sent for a task, prompt by prompt. */
  const sent = (): string[] =>
    ollama.log.flatMap(({ path, body }) => (path === '/api/chat' ? (textOf(body?.messages) ?? []) : []));
  return {
    context,
    memory,
    warnings,
    clock,
    sent,
    tasks,
    ollama,
    checkpoints,
    handler,
    submit,
    ended,
    async [Symbol.asyncDispose]() {
      for (const dispose of disposals.reverse()) await dispose();
    },
  };
}

/** The contents of the messages; `null` for a request that only loads. */
function textOf(messages: unknown): string | null {
  if (!Array.isArray(messages) || messages.length === 0) return null;
  return (messages as { content: string }[]).map(({ content }) => content).join('\n\n');
}
