import { beforeAll, expect, it } from 'vitest';
import { documentOf, failureOf } from './harness/document.js';
import { large, small } from './harness/fake-models.js';
import { startTale, type Tale } from './harness/tale.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale();

beforeAll(async () => {
  expect((await installed().run(['submit', '[say first]'])).code).toBe(0);
  expect((await installed().run(['submit', '[say second]'])).code).toBe(0);
});

/** Commands that read, the schema of their document, and what a person sees of them. */
const reads: readonly (readonly [args: string[], schema: string, shows: RegExp])[] = [
  [['status'], 'tale.overview/1', /tasks +2 done/],
  [['list'], 'tale.list/1', /\[say second\]/],
  [['list', '--status', 'done', '--search', 'first', '--limit', '1'], 'tale.list/1', /\[say first\]/],
  [['tokens'], 'tale.tokens/1', new RegExp(large)],
  [['tokens', '--by', 'model,role'], 'tale.tokens/1', new RegExp(`${small} +ux`)],
  [['tokens', 'hourly'], 'tale.tokens/1', /HOUR/],
  [['tokens', 'tasks'], 'tale.tokens/1', /TASK/],
  [['logs'], 'tale.logs/1', /^/],
  [['servers', 'status'], 'tale.servers/1', /./],
];
const liveReads: typeof reads = [
  [['models', 'ps'], 'tale.models/1', new RegExp(`${small} +ux +resident`)],
  [['models', 'list'], 'tale.models/1', new RegExp(large)],
];

async function readAll(tale: Tale, commands: typeof reads): Promise<void> {
  for (const [args, schema, shows] of commands) {
    const text = await tale.run(args);
    expect({ code: text.code, args }, text.stderr).toEqual({ code: 0, args });
    expect(text.stdout, args.join(' ')).toMatch(shows);
    documentOf(await tale.run([...args, '--json']), schema);
  }
}

it('E2E-READ-1 E2E-JSON-1 shows status, tasks, tokens, models, logs and servers as text and as one document', async () => {
  await readAll(installed(), [...reads, ...liveReads]);
});

it('E2E-READ-2 shows one task with its runs and tokens', async () => {
  const tale = installed();
  const { tasks } = documentOf(await tale.run(['list', '--json']), 'tale.list/1');
  const { taskId } = tasks[0];
  const document = documentOf(await tale.run(['status', taskId, '--json']), 'tale.status/1');
  expect(document).toMatchObject({ taskId, state: 'done', result: 'second', runs: [{ run: 1, end: 'done' }] });
  expect(document.usage.byModel.map(({ model }: { model: string }) => model).sort()).toEqual([large, small]);
  const { stdout } = await tale.run(['status', taskId]);
  expect(stdout).toMatch(/execution-1/);
  expect(stdout).toMatch(/second/);
});

it('E2E-READ-3 gives the second page where the first ended', async () => {
  const tale = installed();
  const first = documentOf(await tale.run(['list', '--limit', '1', '--json']), 'tale.list/1');
  const second = documentOf(await tale.run(['list', '--limit', '1', '--cursor', first.next, '--json']), 'tale.list/1');
  expect([...first.tasks, ...second.tasks].map(({ result, title }) => [title, result])).toEqual([
    ['[say second]', null],
    ['[say first]', null],
  ]);
});

it('E2E-READ-4 fetches a model with models pull', async () => {
  const tale = installed();
  const pulled = await tale.run(['models', 'pull', 'pullable:1b']);
  expect(pulled.code, pulled.stderr).toBe(0);
  expect(pulled.stdout).toBe('pullable:1b is here\n');
  expect((await tale.run(['models', 'list'])).stdout).toMatch(/pullable:1b/);

  const unknown = await tale.run(['models', 'pull', 'nobody-has-it:1b', '--json']);
  expect(unknown.code).toBe(4);
  expect(failureOf(unknown)).toMatchObject({ code: 'model-missing', hint: expect.stringContaining('ollama.com') });
});

it('E2E-READ-5 ends quietly when the reader of its output leaves', async () => {
  const running = installed().spawn(['list']);
  running.closeStdout();
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

it('E2E-READ-7 shows the last lines of the logs by server, level and number', async () => {
  const tale = installed();
  for (const path of ['/v1/tasks', '/v1/tokens']) await fetch(new URL(path, tale.server('gateway').url));
  const read = async (...args: string[]) =>
    documentOf(await tale.run(['logs', '--json', ...args]), 'tale.logs/1').lines;
  const logged = () => read('--server', 'gateway', '--level', 'warn');
  await expect.poll(logged).toHaveLength(2);
  expect(await read('-n', '1')).toMatchObject([{ server: 'gateway', level: 'warn', fields: { path: '/v1/tokens' } }]);
  expect(await read('--server', 'models', '--level', 'warn')).toEqual([]);
  expect((await tale.run(['logs', '--level', 'warn'])).stdout).toMatch(
    /^[\d:.]+ gateway warn .+\n[\d:.]+ gateway warn .+\n$/,
  );
});

it('E2E-READ-6 E2E-JSON-1 reads from the data folder while the servers are down, and says of when it is', async () => {
  const tale = installed();
  expect((await tale.run(['servers', 'stop'])).code).toBe(0);
  await readAll(tale, reads);
  const { stderr } = await tale.run(['list']);
  expect(stderr).toMatch(/^servers are down; as of \d\d:\d\d\n$/);
  const { tasks } = documentOf(await tale.run(['list', '--json']), 'tale.list/1');
  expect(tasks).toHaveLength(2);
  expect(documentOf(await tale.run(['status', '--json']), 'tale.overview/1')).toMatchObject({
    running: false,
    models: null,
  });

  for (const args of [
    ['models', 'ps'],
    ['models', 'list'],
    ['models', 'pull', 'x:1b'],
    ['cancel', tasks[0].taskId],
  ]) {
    const result = await tale.run([...args, '--json']);
    expect(result.code, args.join(' ')).toBe(5);
    expect(failureOf(result).code).toBe('servers-down');
  }
});

it('E2E-READ-6 answers on a machine where tale has never run', async () => {
  await using tale = await startTale({ models: 'none' });
  for (const [args, schema] of reads) {
    const result = await tale.run([...args, '--json']);
    expect({ code: result.code, args }, result.stderr).toEqual({ code: 0, args });
    documentOf(result, schema);
  }
});
