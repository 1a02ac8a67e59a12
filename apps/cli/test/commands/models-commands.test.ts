import { describe, expect, it } from 'vitest';
import { modelsInMemory } from '../../src/commands/models.js';
import { modelsEndpoint } from '../../src/commands/models-endpoint.js';
import { explainCall } from '../../src/commands/models-explain.js';
import { loadModel, pinModel, unloadModel } from '../../src/commands/models-manage.js';
import { modelsResidency } from '../../src/commands/models-residency.js';
import { showModel } from '../../src/commands/models-show.js';
import { testModels } from '../../src/commands/models-test.js';
import { fakeTaskId, startFakeTale } from '../support/fake-tale.js';
import { createHome } from '../support/home.js';
import { modelStatus, poolStatus } from '../support/pool-status.js';
import { createTestContext, type TestContextOptions } from '../support/streams.js';

async function system(pool = poolStatus(), options: TestContextOptions = {}) {
  const home = await createHome();
  const tale = await startFakeTale();
  tale.answers['GET /v1/pool'] = () => pool;
  await home.writeRuntime(tale.runtime());
  return {
    tale,
    ...createTestContext(home, options),
    async [Symbol.asyncDispose]() {
      await tale[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe('tale models ps', () => {
  it('names what other clients hold, what is over the budget, and what is unsafe', async () => {
    const pool = poolStatus();
    const [local] = pool.backends;
    if (local === undefined) throw new Error('no backend');
    await using running = await system({
      ...pool,
      backends: [{ ...local, warnings: [{ code: 'version-unsafe', message: 'update Ollama to 0.35.0' }] }],
      memory: {
        ...pool.memory,
        isExceeded: true,
        strangers: [{ backend: 'local', model: 'stranger:13b', bytes: 9e9 }],
      },
    });
    await modelsInMemory(running.context);
    expect(running.err()).toContain('stranger:13b on local, 9.0 GB');
    expect(running.err()).toContain('more memory is held than the budget allows');
    expect(running.err()).toContain('local: update Ollama to 0.35.0');
  });
});

describe('tale models show', () => {
  it('shows everything about one model, named by a beginning that no other has', async () => {
    await using running = await system();
    await showModel(running.context, 'ti');
    expect(running.out()).toMatch(/^model +tiny:1b\n/);
    expect(running.out()).toMatch(/backend +local \(ollama, http:\/\/127\.0\.0\.1:11435\)/);
    expect(running.out()).toMatch(/memory needed +210 MB/);
    expect(running.out()).toMatch(/out of residency +2 min 5 s/);
  });

  it('shows drift, what holds it back, and its last error only where there are any', async () => {
    await using plain = await system();
    await showModel(plain.context, 'tiny');
    expect(plain.out()).not.toMatch(/drift|held back|last error|too slow/);
    const drift = { adoptedContextTokens: 2_048, staleDigest: 'b', tooSlowFor: ['ux'] } as const;
    const odd = modelStatus({ drift, heldBackBy: 'large', error: 'out of memory' });
    await using running = await system(poolStatus({ models: [odd] }));
    await showModel(running.context, 'tiny');
    expect(running.out()).toMatch(/another client runs it with 2\.0k tokens/);
    expect(running.out()).toMatch(/newer files/);
    expect(running.out()).toMatch(/too slow for +ux/);
    expect(running.out()).toMatch(/held back by +large/);
    expect(running.out()).toMatch(/last error +out of memory/);
  });

  it('prints tale.model/1 and ends with exit 4 and the names for a model that there is not', async () => {
    await using running = await system(poolStatus(), { json: true });
    await showModel(running.context, 'tiny');
    expect(running.document()).toMatchObject({ schema: 'tale.model/1', id: 'tiny', installed: { bytes: 144e6 } });
    await expect(showModel(running.context, 'gone')).rejects.toMatchObject({
      exitCode: 4,
      envelope: { hint: 'there are: tiny:1b, large:7b' },
    });
  });
});

describe('tale models residency', () => {
  it('shows the mode with its reason, the time out of residency, and the last changes', async () => {
    const changes = [
      { atMs: Date.now() - 60_000, name: 'tiny', change: 'lost', reason: 'evicted', durationMs: 9_000 },
      { atMs: Date.now() - 50_000, name: 'tiny', change: 'ready', reason: 'the pool', durationMs: null },
    ] as const;
    const { residency } = poolStatus();
    await using running = await system(poolStatus({ residency: { ...residency, standIn: 'large', changes } }));
    await modelsResidency(running.context);
    expect(running.out()).toContain('mode: together (both fit: 5.0 of 8.0 GB)');
    expect(running.out()).toContain('ux is answered by large at the moment');
    expect(running.out()).toMatch(/tiny:1b +ux +resident +1 min 1 s +2 min 5 s +always/);
    expect(running.out()).toMatch(/tiny +lost +9\.0 s +evicted/);
    expect(running.out()).toMatch(/tiny +ready +\? +the pool/);
  });

  it('prints tale.residency/1', async () => {
    await using running = await system(poolStatus(), { json: true });
    await modelsResidency(running.context);
    expect(running.document()).toMatchObject({ schema: 'tale.residency/1', mode: 'together', models: [{}, {}] });
  });
});

describe('tale models load, unload and pin', () => {
  it.each([
    ['load', loadModel],
    ['unload', unloadModel],
    ['pin', pinModel],
  ] as const)('%s asks for the model by its name in the configuration', async (action, run) => {
    await using running = await system();
    const asked: unknown[] = [];
    running.tale.answers[`POST /v1/pool/${action}`] = (_url, body) => {
      asked.push(body);
      return modelStatus({ state: action === 'unload' ? 'absent' : 'resident' });
    };
    await run(running.context, 'tiny:1b');
    expect(asked).toEqual([{ model: 'tiny' }]);
    expect(running.out()).toContain(`tiny:1b is ${action === 'unload' ? 'absent' : 'resident'}`);
  });

  it('prints tale.model/1', async () => {
    await using running = await system(poolStatus(), { json: true });
    running.tale.answers['POST /v1/pool/load'] = () => modelStatus();
    await loadModel(running.context, 'tiny');
    expect(running.document()).toMatchObject({ schema: 'tale.model/1', state: 'resident' });
  });
});

describe('tale models load, unload and pin of what takes no part', () => {
  const claude = modelStatus({ id: 'claude', name: 'claude', model: 'claude-x', backend: 'anthropic' });
  const pool = () => {
    const { models, backends } = poolStatus();
    const [local] = backends;
    if (local === undefined) throw new Error('no backend');
    const cloud = { ...local, name: 'anthropic', residency: 'fixed' } as const;
    return poolStatus({ models: [...models, claude], backends: [local, cloud] });
  };

  it.each([
    ['load', loadModel],
    ['unload', unloadModel],
    ['pin', pinModel],
  ] as const)('says that there is nothing to %s, and asks nobody', async (action, run) => {
    await using running = await system(pool());
    await run(running.context, 'claude');
    expect(running.out()).toBe(`there is nothing to ${action}: claude-x is served by anthropic as it is\n`);
    expect(running.tale.requests).not.toContain(`POST /v1/pool/${action}`);
    await using json = await system(pool(), { json: true });
    await run(json.context, 'claude');
    expect(json.document()).toMatchObject({ schema: 'tale.model/1', model: 'claude-x' });
  });

  it('ends with exit 2 and what to do where the model is kept', async () => {
    await using running = await system();
    const message = 'tiny:1b is kept in memory for ux and would come back at once';
    running.tale.answers['POST /v1/pool/unload'] = () => {
      const envelope = { code: 'rejected', message, hint: 'give the role another model', source: 'models' };
      throw Object.assign(new Error(message), {
        envelope: { ...envelope, retryable: false, retryAfterMs: null, details: {} },
      });
    };
    await expect(unloadModel(running.context, 'tiny')).rejects.toMatchObject({
      exitCode: 2,
      envelope: { code: 'rejected', message, hint: expect.stringMatching(/models\.ux.*tale servers stop/) },
    });
  });
});

describe('tale models explain', () => {
  const kept = { maxAgeMs: 7 * 86_400_000, maxEntries: 20_000, sinceMs: null as number | null };
  const known = { requestId: 'R', sentences: ['The role ux went to tiny.'], decisions: [{ id: 1 }], kept };
  const nothing = (requestId: string) => ({ requestId, sentences: [], decisions: [], kept });

  it('prints the sentences of a call', async () => {
    await using running = await system();
    running.tale.answers['GET /v1/calls/CALL1'] = () => known;
    await explainCall(running.context, 'CALL1');
    expect(running.out()).toBe('The role ux went to tiny.\n');
  });

  it('prints the end of a call whose decisions are not kept any more', async () => {
    await using running = await system();
    running.tale.answers['GET /v1/calls/CALL1'] = () => ({ ...known, decisions: [], sentences: ['tiny answered.'] });
    await explainCall(running.context, 'CALL1');
    expect(running.out()).toBe('tiny answered.\n');
  });

  it('takes the last characters of a task', async () => {
    await using running = await system();
    const taskId = fakeTaskId('7Q2F9K');
    const { sampleTaskView } = await import('@tale/protocol/testing');
    running.tale.tasks.set(taskId, sampleTaskView({ taskId }));
    running.tale.answers['GET /v1/calls/7Q2F9K'] = () => nothing('7Q2F9K');
    running.tale.answers[`GET /v1/calls/${taskId}`] = () => known;
    await explainCall(running.context, '7Q2F9K');
    expect(running.out()).toContain('went to tiny');
  });

  it('ends with exit 4 where nothing is remembered, and with exit 2 for what is no id', async () => {
    await using running = await system();
    const taskId = fakeTaskId('7Q2F9K');
    const { sampleTaskView } = await import('@tale/protocol/testing');
    running.tale.tasks.set(taskId, sampleTaskView({ taskId }));
    running.tale.answers[`GET /v1/calls/${taskId}`] = () => nothing(taskId);
    await expect(explainCall(running.context, taskId)).rejects.toMatchObject({ exitCode: 4 });
    await expect(explainCall(running.context, '../x')).rejects.toMatchObject({ exitCode: 2 });
  });

  it('says how far back decisions are kept where it knows nothing', async () => {
    await using running = await system();
    const taskId = fakeTaskId('7Q2F9K');
    const { sampleTaskView } = await import('@tale/protocol/testing');
    running.tale.tasks.set(taskId, sampleTaskView({ taskId }));
    const answer = { ...nothing(taskId) };
    running.tale.answers[`GET /v1/calls/${taskId}`] = () => answer;
    const failure = () =>
      explainCall(running.context, taskId).then(
        () => null,
        (error) => error.envelope,
      );
    expect(await failure()).toMatchObject({
      code: 'not-found',
      message: `Nothing is known about ${taskId}: decisions are kept for 7 d, at least the newest 20,000; there are none yet.`,
      hint: expect.stringContaining('tale list'),
      details: { id: taskId, maxEntries: 20_000 },
    });
    answer.kept = { ...kept, sinceMs: Date.now() };
    expect((await failure()).message).toMatch(/; the oldest is of [^;]+\.$/);
  });

  it('prints tale.explanation/1', async () => {
    await using running = await system(poolStatus(), { json: true });
    running.tale.answers['GET /v1/calls/CALL1'] = () => known;
    await explainCall(running.context, 'CALL1');
    expect(running.document()).toEqual({
      schema: 'tale.explanation/1',
      requestId: 'R',
      sentences: known.sentences,
      decisions: known.decisions,
    });
  });
});

describe('tale models test', () => {
  const usage = { inputTokens: 9, outputTokens: 4 };
  const timing = { durationMs: 300, loadMs: 0, ttftMs: 100, decodeMs: 200 };
  const answer = [
    { type: 'text-delta', text: 'Hel', offset: 0 },
    { type: 'text-delta', text: 'lo.', offset: 3 },
    { type: 'call-end', model: 'tiny:1b', backend: 'local', usage, timing },
    { type: 'request-end', requestId: 'R', callId: 'C' },
  ];

  it('asks each role and shows how fast it answered', async () => {
    await using running = await system();
    running.tale.streams['/v1/calls'] = answer;
    await testModels(running.context, undefined);
    expect(running.out()).toMatch(/ux +tiny:1b +local +0 ms +100 ms +20\.0 +9 +4 +300 ms +Hello\./);
    expect(running.out()).toMatch(/\nplanning +/);
  });

  it('asks one model, and prints tale.models-test/1', async () => {
    await using running = await system(poolStatus(), { json: true });
    running.tale.streams['/v1/calls'] = answer;
    await testModels(running.context, 'tiny');
    expect(running.document()).toMatchObject({
      schema: 'tale.models-test/1',
      tests: [{ role: 'ux', model: 'tiny:1b', text: 'Hello.', usage }],
    });
  });

  it('ends with the failure of the call', async () => {
    await using running = await system();
    const failure = { code: 'load-failed', reason: null, message: 'no memory', retryable: true, retryAfterMs: null };
    running.tale.streams['/v1/calls'] = [{ type: 'request-error', ...failure, details: {} }];
    await expect(testModels(running.context, 'ux')).rejects.toMatchObject({
      exitCode: 5,
      envelope: { code: 'load-failed', source: 'models' },
    });
    running.tale.streams['/v1/calls'] = [];
    await expect(testModels(running.context, 'ux')).rejects.toMatchObject({ envelope: { code: 'stream-broken' } });
  });
});

describe('tale models endpoint', () => {
  it('shows the address, and the key only when it is asked for', async () => {
    await using running = await system();
    await modelsEndpoint(running.context, {});
    expect(running.out()).toBe(`OPENAI_BASE_URL=${running.tale.url}/v1\n`);
    expect(running.err()).toContain('--key');
    expect(running.out() + running.err()).not.toContain(running.tale.token);
    await modelsEndpoint(running.context, { key: true });
    expect(running.out()).toContain(`OPENAI_API_KEY=${running.tale.token}\n`);
  });

  it('prints tale.endpoint/1', async () => {
    await using running = await system(poolStatus(), { json: true });
    await modelsEndpoint(running.context, {});
    expect(running.document()).toEqual({
      schema: 'tale.endpoint/1',
      baseUrl: `${running.tale.url}/v1`,
      models: ['tale/auto', 'tale/ux', 'tale/planning'],
    });
  });
});
