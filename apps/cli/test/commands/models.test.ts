import { describe, expect, it } from 'vitest';
import { modelsInMemory, modelsInstalled } from '../../src/commands/models.js';
import { pullModel } from '../../src/commands/models-pull.js';
import { startFakeTale } from '../support/fake-tale.js';
import { createHome } from '../support/home.js';
import { modelStatus, poolStatus } from '../support/pool-status.js';
import { createTestContext } from '../support/streams.js';

const model = modelStatus();
const pool = poolStatus();

async function system(answer: object = pool) {
  const home = await createHome();
  const tale = await startFakeTale();
  tale.answers['GET /v1/pool'] = () => answer;
  await home.writeRuntime(tale.runtime());
  return {
    home,
    tale,
    async [Symbol.asyncDispose]() {
      await tale[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe('tale models ps', () => {
  it('shows what is in memory', async () => {
    await using running = await system();
    const { context, out, err } = createTestContext(running.home);
    await modelsInMemory(context);
    expect(out()).toBe(
      'MODEL    ROLES  STATE     MEMORY  CONTEXT  TOK/S  HEALTH  KEPT\ntiny:1b  ux     resident  200 MB     4.1k   31.4  ok      always\n',
    );
    expect(err()).toBe('memory: 200 MB of 8.0 GB\n');
  });

  it('prints tale.models/1', async () => {
    await using running = await system();
    const { context, document } = createTestContext(running.home, { json: true });
    await modelsInMemory(context);
    expect(document()).toEqual({ schema: 'tale.models/1', ...pool, models: [model] });
  });

  it('says that nothing is loaded', async () => {
    await using running = await system({
      ...pool,
      models: [],
      memory: { ...pool.memory, budgetBytes: null, heldBytes: 0 },
    });
    const { context, err } = createTestContext(running.home);
    await modelsInMemory(context);
    expect(err()).toContain('no model is in memory');
  });

  it('needs the servers', async () => {
    await using home = await createHome();
    await expect(modelsInMemory(createTestContext(home).context)).rejects.toMatchObject({ exitCode: 5 });
    await expect(pullModel(createTestContext(home).context, 'x')).rejects.toMatchObject({ exitCode: 5 });
  });
});

describe('tale models list', () => {
  it('shows what is installed, with its roles', async () => {
    await using running = await system();
    const { context, out } = createTestContext(running.home);
    await modelsInstalled(context);
    expect(out()).toContain('tiny:1b  ux     144 MB  local    resident');
    expect(out()).toContain('other           9.0 GB  local');
    const json = createTestContext(running.home, { json: true });
    await modelsInstalled(json.context);
    expect(json.document()).toEqual({ schema: 'tale.models/1', ...pool });
  });

  it('says that none is installed', async () => {
    await using running = await system({ ...pool, backends: [] });
    const { context, err } = createTestContext(running.home);
    await modelsInstalled(context);
    expect(err()).toContain('tale models pull');
  });
});

describe('tale models pull', () => {
  const end = { type: 'request-end', model: 'tiny' };
  const progress = (completedBytes: number) => ({
    type: 'pull-progress',
    status: 'pulling',
    completedBytes,
    totalBytes: 1_000,
  });

  it('shows progress and ends with one line', async () => {
    await using running = await system();
    running.tale.streams['/v1/pool/pull'] = [
      { type: 'pull-progress', status: 'manifest' },
      progress(0),
      progress(50),
      progress(1_000),
      end,
    ];
    const { context, out, err } = createTestContext(running.home);
    await pullModel(context, 'tiny');
    expect(out()).toBe('tiny is here\n');
    expect(err()).toBe('tiny: manifest\ntiny: pulling\ntiny: pulling  100 %  1.0 kB of 1.0 kB\n');
  });

  it('moves a bar on a terminal and leaves nothing of it', async () => {
    await using running = await system();
    running.tale.streams['/v1/pool/pull'] = [progress(500), end];
    const { context, err } = createTestContext(running.home, { stderrTerminal: true, json: true });
    await pullModel(context, 'tiny');
    expect(err()).toContain('50 %');
    expect(err().endsWith('\r\u001B[K')).toBe(true);
  });

  it.each(['', ' ', '-x', 'a b', 'a:', '../x', 'x/../y', 'x\u0000', 'x'.repeat(300)])(
    'refuses the name %j without asking anybody',
    async (name) => {
      await using home = await createHome();
      const failed = { exitCode: 2, envelope: { code: 'usage', details: { model: name } } };
      await expect(pullModel(createTestContext(home).context, name)).rejects.toMatchObject(failed);
    },
  );

  it.each(['qwen2.5:0.5b', 'hf.co/Qwen/Qwen2.5-GGUF:Q4_K_M', 'localhost:5000/x:tag', 'x'])(
    'leaves %s to the server',
    async (name) => {
      await using running = await system();
      running.tale.streams['/v1/pool/pull'] = [end];
      await pullModel(createTestContext(running.home).context, name);
      expect(running.tale.requests).toContain('POST /v1/pool/pull');
    },
  );

  it.each([
    [
      ['qwen2.5:0.5b', 'tinyllama:1.1b-iq2'],
      'tinylama',
      'did you mean tinyllama:1.1b-iq2? there are: qwen2.5:0.5b, tinyllama:1.1b-iq2',
    ],
    [['qwen2.5:0.5b'], 'nope', 'there are: qwen2.5:0.5b'],
    [null, 'nope', expect.stringContaining('ollama.com/library')],
  ])('ends with exit 4 and the names (%j) where nobody knows %s', async (names, name, hint) => {
    await using running = await system();
    running.tale.answers['GET /v1/pullable'] = () => ({ names });
    running.tale.streams['/v1/pool/pull'] = [
      { type: 'request-error', code: 'model-missing', message: 'file does not exist', retryable: false, details: {} },
    ];
    await expect(pullModel(createTestContext(running.home).context, name)).rejects.toMatchObject({
      exitCode: 4,
      envelope: { code: 'model-missing', message: `No model called ${name} can be fetched.`, hint, source: 'models' },
    });
  });

  it('takes a name that the server rejects for a mistake of usage', async () => {
    await using running = await system();
    running.tale.streams['/v1/pool/pull'] = [{ type: 'request-error', code: 'rejected', message: 'No such name.' }];
    await expect(pullModel(createTestContext(running.home).context, 'odd')).rejects.toMatchObject({
      exitCode: 2,
      envelope: { code: 'rejected' },
    });
  });

  it('fails as the server says', async () => {
    await using running = await system();
    const run = () => pullModel(createTestContext(running.home).context, 'tiny');
    const failed = {
      type: 'request-error',
      message: 'No.',
      retryable: true,
      retryAfterMs: 5,
      reason: null,
      details: {},
    };
    running.tale.streams['/v1/pool/pull'] = [progress(0), { ...failed, code: 'backend-down' }];
    await expect(run()).rejects.toMatchObject({ exitCode: 5, envelope: { code: 'backend-down', retryAfterMs: 5 } });
    running.tale.streams['/v1/pool/pull'] = [{ ...failed, code: 'refused', reason: 'budget-exceeded' }];
    await expect(run()).rejects.toMatchObject({ exitCode: 6 });
    running.tale.streams['/v1/pool/pull'] = [progress(0)];
    await expect(run()).rejects.toMatchObject({ exitCode: 5, envelope: { code: 'stream-broken', retryable: true } });
    running.tale.answers['POST /v1/pool/pull'] = () => undefined;
    await expect(run()).rejects.toMatchObject({ exitCode: 4 });
  });
});
