import { describe, expect, it } from 'vitest';
import { runFakeCommand } from '../../../src/testing/fake-ollama/command.js';
import { askFake } from '../../setup/ask-fake.js';
import { forkFake } from '../../setup/fork-fake.js';

const quiet = () => {};

describe('the command', () => {
  it('prints its addresses and obeys its arguments', async () => {
    const lines: string[] = [];
    const argv = [
      '--model',
      'a:1b=500',
      '--model',
      'b',
      '--fault',
      'status-503*1',
      '--tokens',
      '2',
      '--token',
      'secret',
    ];
    await using running = await runFakeCommand([...argv, '--engine', 'other', '--context-tokens', '512'], (line) =>
      lines.push(line),
    );
    const { url } = running.fake;
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ url, controlUrl: running.control.url, pid: process.pid }]);
    const headers = { authorization: 'Bearer secret' };
    expect((await askFake(url, '/api/tags')).status).toBe(401);
    expect((await askFake(url, '/api/tags', undefined, { headers })).lines[0]).toMatchObject({
      models: [
        { name: 'a:1b', size: 500 },
        { name: 'b', size: 1_000_000_000 },
      ],
    });
    const ask = () => askFake(url, '/api/generate', { model: 'a:1b', prompt: 'x', stream: false }, { headers });
    expect((await ask()).status).toBe(503);
    expect((await ask()).lines[0]).toMatchObject({ eval_count: 2 });
    expect(running.fake.resident()).toMatchObject([{ contextTokens: 512 }]);
  });

  it('bad arguments are an error that shows the usage or the faults', async () => {
    for (const argv of [['--nonsense'], ['--port', 'x'], ['positional']])
      await expect(runFakeCommand(argv, quiet)).rejects.toThrow(/tale-fake-ollama/);
    await expect(runFakeCommand(['--fault', 'meteor'], quiet)).rejects.toThrow(/faults are/);
  });
});

describe('the control', () => {
  it('does over HTTP what the methods do, also while connections are refused', async () => {
    await using running = await runFakeCommand(['--model', 'a'], quiet);
    const { fake, control } = running;
    const order = (name: string, body = {}) => askFake(control.url, `/fake/${name}`, body);
    const load = () => askFake(fake.url, '/api/generate', { model: 'a', keep_alive: -1 });
    await load();
    expect((await askFake(control.url, '/fake/state')).lines[0]).toMatchObject({
      slots: { a: 0 },
      resident: [{ model: 'a', contextTokens: 4096 }],
      loads: { a: 1 },
    });
    await order('reload', { model: 'a', contextTokens: 1024 });
    expect(fake.resident()).toMatchObject([{ contextTokens: 1024 }]);
    await order('evict', { model: 'a' });
    expect(fake.resident()).toEqual([]);
    await load();
    await order('run-out-of-memory');
    expect(fake.resident()).toEqual([]);
    await order('faults', { faults: [{ kind: 'refuse' }] });
    await expect(load()).rejects.toThrow(/ECONNREFUSED/);
    await order('faults');
    await load();
    await order('restart', { downMs: 1 });
    expect(fake.resident()).toEqual([]);
    await order('flap', { times: 1, downMs: 1, upMs: 1 });
    const digest = async () => (await askFake(fake.url, '/api/tags')).text;
    const before = await digest();
    await order('change-digest', { model: 'a' });
    expect(await digest()).not.toBe(before);
    const { log } = (await askFake(control.url, '/fake/log')).lines[0] as unknown as { log: { path: string }[] };
    expect(log.map(({ path }) => path)).toContain('/api/generate');
    expect(await order('nonsense')).toMatchObject({ status: 404 });
    expect((await askFake(control.url, '/fake/faults', '{broken')).status).toBe(400);
  });
});

it('as a child it says where it listens, answers, and ends with the connection to its parent', async () => {
  await using fake = await forkFake(['--model', 'a']);
  const exited = new Promise<number | null>((resolve) => fake.child.once('exit', resolve));
  expect((await askFake(fake.url, '/')).text).toBe('Ollama is running');
  expect((await askFake(fake.controlUrl, '/fake/state')).lines).toEqual([{ slots: {}, resident: [], loads: {} }]);
  fake.child.disconnect();
  expect(await exited).toBe(0);
});
