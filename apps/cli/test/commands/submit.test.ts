import type { TaskView } from '@tale/protocol';
import { describe, expect, it } from 'vitest';
import { type SubmitOptions, submit } from '../../src/commands/submit.js';
import {
  answerTask,
  callEnd,
  callStart,
  endTask,
  type FakeTale,
  failure,
  setupEnd,
  startFakeTale,
} from '../support/fake-tale.js';
import { createHome } from '../support/home.js';
import { createTestContext, type TestContextOptions } from '../support/streams.js';

const usual: SubmitOptions = { start: false };
const answer = { purpose: 'answer' };
const acknowledge = { purpose: 'acknowledge' };
const delta = (callId: string, offset: number, text: string, labels: object = answer) => ({
  type: 'text-delta',
  callId,
  requestId: 'r',
  offset,
  text,
  labels,
});

const download = {
  type: 'setup-progress',
  phase: 'download',
  name: 'tiny',
  message: 'fetching tiny',
  completedBytes: 40,
  totalBytes: 100,
  etaMs: null,
};

async function system(onSubmit: FakeTale['onSubmit'] = (taskId, tale) => answerTask(tale, taskId, ['Hel', 'lo!'])) {
  const home = await createHome();
  const tale = await startFakeTale({ onSubmit });
  await home.writeRuntime(tale.runtime());
  return {
    home,
    tale,
    async run(options: Partial<SubmitOptions> = {}, output: TestContextOptions = {}, text = 'hello') {
      const test = createTestContext(home, output);
      const failed = await submit(test.context, text, { ...usual, ...options }).then(
        () => null,
        (error: unknown) => error,
      );
      return { ...test, failed };
    },
    async [Symbol.asyncDispose]() {
      await tale[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe('tale submit', () => {
  it('gives a pipe the whole answer on stdout and the rest on stderr', async () => {
    await using running = await system();
    const { out, err, failed } = await running.run();
    expect(failed).toBeNull();
    expect(out()).toBe('Hello!\n');
    expect(err()).toMatch(/777771 · tiny · 12 in \/ 3 out · first token \d+ ms · total \d+ ms\n$/);
    expect(err()).not.toContain('\u001B');
  });

  it('streams to a terminal', async () => {
    await using running = await system();
    const { out, failed } = await running.run({}, { stdoutTerminal: true, stderrTerminal: true });
    expect(failed).toBeNull();
    expect(out()).toBe('Hello!\n');
  });

  it('hands over priority, time limit and key', async () => {
    await using running = await system();
    await running.run({ priority: '9', maxTime: '2m', key: 'mine' });
    await running.run();
    const [first, second] = running.tale.submissions;
    expect(first).toEqual({ args: { prompt: 'hello', priority: 9, maxTimeMs: 120_000 }, key: 'mine' });
    expect(second?.args).toEqual({ prompt: 'hello' });
    expect(second?.key).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('prints the id as the only line with --detach', async () => {
    await using running = await system(() => {});
    const { out, err } = await running.run({ detach: true });
    expect(out()).toBe(`${[...running.tale.tasks.keys()][0]}\n`);
    expect(err()).toBe('');
    const json = await running.run({ detach: true }, { json: true });
    expect(json.document()).toMatchObject({ schema: 'tale.submit/1', state: 'queued' });
  });

  it('prints one document with --json, with the timing where it is asked for', async () => {
    await using running = await system();
    const { document } = await running.run({ timing: true }, { json: true });
    expect(document()).toMatchObject({
      schema: 'tale.submit/1',
      state: 'done',
      result: 'Hello!',
      timing: { modelMs: 6, queueMs: 1, model: { prefillMs: 2, decodeMs: 3 } },
    });
    expect((await running.run({}, { json: true })).document()).not.toHaveProperty('timing');
  });

  it('splits the time with --timing', async () => {
    await using running = await system();
    expect((await running.run({ timing: true })).err()).toMatch(
      /timing {2}total .* = model 6 ms .* \+ waiting for it 1 ms \+ tale /,
    );
  });

  it('shows the acknowledgement on stderr, once', async () => {
    await using running = await system((taskId, tale) => {
      tale.push(taskId, callStart('ack', acknowledge));
      tale.push(taskId, delta('ack', 0, 'I am ', acknowledge));
      tale.push(taskId, delta('ack', 5, 'on it.\u001B[2J', acknowledge));
      tale.push(taskId, callEnd('ack', acknowledge));
      tale.push(taskId, callEnd('ack', acknowledge));
      answerTask(tale, taskId, ['done']);
    });
    const { out, err } = await running.run();
    expect(out()).toBe('done\n');
    expect(err().split('I am on it.')).toHaveLength(2);
    expect(err()).not.toContain('\u001B');
  });

  it('begins the answer anew where an attempt failed', async () => {
    await using running = await system((taskId, tale) => {
      tale.push(taskId, callStart('first', answer));
      tale.push(taskId, delta('first', 0, 'Wro'));
      tale.push(taskId, callEnd('first', answer, { status: 'error' }));
      answerTask(tale, taskId, ['Right'], 'second');
    });
    const { out, err } = await running.run({}, { stdoutTerminal: true });
    expect(out()).toBe('Wro\nRight\n');
    expect(err()).toContain('the attempt failed; the answer begins anew');
    expect((await running.run()).out()).toBe('Right\n');
  });

  it('goes on by itself when the connection is lost', async () => {
    await using running = await system((taskId, tale) => {
      tale.push(taskId, callStart('call-1', answer));
      tale.push(taskId, delta('call-1', 0, 'Hel'));
      setTimeout(() => tale.dropStreams(), 50);
      setTimeout(() => answerTask(tale, taskId, ['Hello', '!']), 100);
    });
    const { out, err, failed } = await running.run();
    expect(failed).toBeNull();
    expect(out()).toBe('Hello!\n');
    expect(err()).toContain('connection lost, retrying (250 ms)');
    expect(running.tale.submissions).toHaveLength(1);
  });

  it.each([
    [{ state: 'failed', error: failure('backend-down', 'The model server is away.') }, 5],
    [{ state: 'failed', error: failure('deadline', 'Too late.') }, 7],
    [{ state: 'cancelled', reason: 'elsewhere', error: null }, 1],
    [{ state: 'dead', error: failure('poison', 'Again and again.') }, 1],
  ] as [Partial<TaskView>, number][])('ends as the task does: %j', async (changes, exitCode) => {
    await using running = await system((taskId, tale) => endTask(tale, taskId, { result: 'partial', ...changes }));
    const { out, failed } = await running.run();
    expect(failed).toMatchObject({ exitCode, envelope: { details: { task: { state: changes.state } } } });
    expect(out()).toBe('partial\n');
  });

  it('cancels at its time limit and keeps the partial result', async () => {
    await using running = await system((taskId, tale) => {
      tale.push(taskId, callStart('call-1', answer));
      tale.push(taskId, delta('call-1', 0, 'so far'));
    });
    running.tale.onCancel = (task, reason) => ({
      ...task,
      state: 'cancelled',
      reason: String(reason),
      result: 'so far',
      endedAt: new Date().toISOString(),
    });
    const { out, failed } = await running.run({ maxTime: '300ms' });
    expect(failed).toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/not done within 300 ms; it was stopped, what there is was printed\.$/),
      envelope: { code: 'deadline', details: { task: { reason: 'time limit', state: 'cancelled', result: 'so far' } } },
    });
    expect(out()).toBe('so far\n');
  });

  it('cancels the task on Ctrl+C and waits until it has stopped', async () => {
    await using running = await system((taskId, tale) => {
      tale.push(taskId, callStart('call-1', answer));
      process.emit('SIGINT', 'SIGINT');
    });
    running.tale.onCancel = (task) => {
      setTimeout(
        () => running.tale.tasks.set(task.taskId, { ...task, state: 'cancelled', endedAt: new Date().toISOString() }),
        150,
      );
      return task;
    };
    const listeners = process.listenerCount('SIGINT');
    const { failed } = await running.run();
    expect(failed).toMatchObject({
      exitCode: 130,
      envelope: { code: 'interrupted', details: { task: { state: 'cancelled' } } },
    });
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });

  it('ends with 143 on SIGTERM, also if nobody can say what became of the task', async () => {
    await using running = await system((_taskId, tale) => {
      tale.tasks.clear();
      process.emit('SIGTERM', 'SIGTERM');
    });
    expect((await running.run()).failed).toMatchObject({ exitCode: 143, envelope: { hint: 'tale status 777771' } });
  });

  it('says the same where the gateway noticed the time limit first', async () => {
    await using running = await system((taskId, tale) =>
      endTask(tale, taskId, { state: 'failed', result: 'so far', error: failure('deadline', 'Too late.') }),
    );
    const { out, failed } = await running.run({ maxTime: '5m' });
    expect(failed).toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/not done within 5 min; it was stopped, what there is was printed\.$/),
      envelope: { code: 'deadline', details: { task: { result: 'so far' } } },
    });
    expect(out()).toBe('so far\n');
  });

  it('shows only the result and known figures of a task that had ended before, by its key', async () => {
    await using running = await system((taskId, tale) => {
      answerTask(tale, taskId, ['Hello!']);
      const task = tale.tasks.get(taskId)!;
      const createdAt = new Date(Date.now() - 62_000).toISOString();
      tale.tasks.set(taskId, { ...task, createdAt, endedAt: new Date(Date.now() - 60_000).toISOString() });
    });
    // The stand-in makes a new task for every key, which has ended a minute ago.
    running.tale.answers['GET /v1/events'] = () => undefined;
    const { out, err } = await running.run({ key: 'mine', timing: true });
    expect(out()).toBe('Hello!\n');
    expect(err()).toBe('777771 · tiny · 12 in / 3 out · total 2.0 s\n');
    expect(running.tale.requests).not.toContain('GET /v1/events');
    const json = await running.run({ key: 'mine' }, { json: true });
    expect(json.document()).toMatchObject({ schema: 'tale.submit/1', state: 'done', result: 'Hello!' });
  });

  it('says that characters were not valid', async () => {
    await using running = await system();
    expect((await running.run({}, {}, 'a\u0000b\uD800c')).err()).toContain(
      '2 characters were not valid and were replaced by U+FFFD\n',
    );
    expect((await running.run({}, {}, 'a\u0000b')).err()).toContain('1 character was not valid and was replaced');
    expect((await running.run()).err()).not.toContain('U+FFFD');
  });

  it('ends soon and says so when the servers are stopped while they get the models', async () => {
    await using running = await system();
    running.tale.holdStreams = true;
    running.tale.streams['/v1/setup'] = [download];
    const { rm } = await import('node:fs/promises');
    setTimeout(() => void rm(`${running.home.folders.data}/runtime.json`), 100);
    const { failed } = await running.run();
    expect(failed).toMatchObject({ exitCode: 5, envelope: { code: 'servers-down', retryable: true } });
    expect(String(failed)).toContain('were stopped');
    expect(running.tale.submissions).toHaveLength(0);
  }, 20_000);

  it('says on Ctrl+C while models are fetched that nothing was handed over and that the servers go on', async () => {
    await using running = await system();
    running.tale.holdStreams = true;
    running.tale.streams['/v1/setup'] = [download];
    setTimeout(() => process.emit('SIGINT', 'SIGINT'), 200);
    const { failed } = await running.run();
    expect(failed).toMatchObject({
      exitCode: 130,
      message: 'Interrupted: nothing was handed over; the servers stay up and go on getting the models.',
      envelope: { code: 'interrupted', hint: 'tale servers stop ends that' },
    });
    expect(running.tale.submissions).toHaveLength(0);
  });

  it('says which candidates could not be had', async () => {
    await using running = await system();
    const failed = (message: string) => ({ ...download, message, completedBytes: null, totalBytes: null });
    running.tale.streams['/v1/setup'] = [
      { ...download, completedBytes: 0 },
      failed('tiny cannot be had: HTTP 404'),
      failed('tiny cannot be had: HTTP 404'),
      failed('tiny cannot be had: no space'),
      setupEnd,
    ];
    for (const stderrTerminal of [false, true]) {
      const { err } = await running.run({}, { stderrTerminal });
      expect(err()).toContain('tiny cannot be had: HTTP 404\ntiny cannot be had: no space\n');
    }
  });

  it('waits for the models and shows how they are fetched', async () => {
    await using running = await system();
    const progress = { type: 'setup-progress', phase: 'download', name: 'tiny', message: 'fetching tiny', etaMs: null };
    running.tale.streams['/v1/setup'] = [
      { ...progress, phase: 'probe', message: 'looking for Ollama', completedBytes: null, totalBytes: null },
      { ...progress, completedBytes: 10, totalBytes: 100 },
      { ...progress, completedBytes: 100, totalBytes: 100 },
      { ...setupEnd, hint: 'tale models pull qwen2.5:7b' },
    ];
    const { err } = await running.run();
    expect(err()).toContain(
      'looking for Ollama\nfetching tiny  10 %  10 B of 100 B\nfetching tiny  100 %  100 B of 100 B\n',
    );
    expect(err()).toContain('models: tiny (the only one)\ntale models pull qwen2.5:7b\n');
    const terminal = await running.run({}, { stderrTerminal: true });
    expect(terminal.err()).toContain('looking for Ollama\nfetching tiny  [##');
  });

  it('tries a failed set-up once more, and ends with what was tried', async () => {
    await using running = await system();
    const error = failure('models-unavailable', 'No model can be had.', {
      details: { tried: ['huggingface.co: no answer'] },
    });
    running.tale.streams['/v1/setup'] = [{ type: 'setup-error', error }];
    let retries = 0;
    running.tale.answers['POST /v1/setup'] = () => {
      retries += 1;
      return {};
    };
    const { failed, out } = await running.run();
    expect(failed).toMatchObject({
      exitCode: 5,
      envelope: { code: 'models-unavailable', details: { tried: ['huggingface.co: no answer'] } },
    });
    expect(retries).toBe(1);
    expect(out()).toBe('');
    expect(running.tale.submissions).toHaveLength(0);
  });

  it('checks the text and the options before it looks for servers', async () => {
    await using home = await createHome();
    const run = (options: Partial<SubmitOptions>, text = 'hello') =>
      submit(createTestContext(home).context, text, { ...usual, ...options });
    await expect(run({}, ' ')).rejects.toMatchObject({ exitCode: 2, envelope: { code: 'prompt-empty' } });
    await expect(run({}, 'x'.repeat(100_001))).rejects.toMatchObject({
      exitCode: 2,
      envelope: { code: 'prompt-too-long' },
    });
    await expect(run({ priority: '10' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(run({ maxTime: 'soon' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(run({ key: '' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(run({})).rejects.toMatchObject({ exitCode: 5, envelope: { code: 'servers-down' } });
  });
});
