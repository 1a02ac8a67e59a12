import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { runFakeCommand } from '../../src/testing/fake-command.js';
import { FakeFaultBox } from '../../src/testing/fake-faults.js';
import { parseKeepAlive } from '../../src/testing/fake-memory.js';
import { parseFakeFault, startFakeOllama } from '../../src/testing/index.js';

const post = (url: string, path: string, body: unknown) =>
  fetch(url + path, { method: 'POST', body: JSON.stringify(body) });

describe('the fake', () => {
  it('is steered by marks in the prompt and answers the same prompt in the same way', async () => {
    await using fake = await startFakeOllama({ timing: { tokens: 3 } });
    const ask = async (prompt: string) => {
      const answer = (await (
        await post(fake.url, '/api/generate', { model: 'fake:1b', prompt, stream: false })
      ).json()) as { response: string; eval_count?: number };
      return [answer.response, answer.eval_count];
    };
    expect(await ask('x [tokens=2] [tokens=5]')).toEqual([expect.stringMatching(/^\S+( \S+){4}$/), 5]);
    expect(await ask('[say Hello, you there.]')).toEqual(['Hello, you there.', 3]);
    expect(await ask('x')).toEqual(await ask('x'));
    expect(await ask('[tokens=0]')).toEqual(['', undefined]);
    await using other = await startFakeOllama({ seed: 9, timing: { tokens: 3 } });
    expect(
      await (await post(other.url, '/api/generate', { model: 'fake:1b', prompt: 'x', stream: false })).json(),
    ).not.toMatchObject({ response: (await ask('x'))[0] });
  });

  it('models leave when their time is over, three at most stay, and the one with the shortest time leaves first', async () => {
    const clock = manualClock();
    await using fake = await startFakeOllama({
      clock: { ...clock, monotonicMs: clock.now },
      models: ['a', 'b', 'c', 'd'].map((model) => ({ model })),
    });
    const load = (model: string, keep_alive: unknown) =>
      post(fake.url, '/api/generate', { model, keep_alive, stream: false });
    await load('a', -1);
    await load('b', '5m');
    await load('c', '10m');
    await load('d', 60);
    expect(fake.resident().map(({ model }) => model)).toEqual(['d', 'c', 'a']);
    await clock.advance(61_000);
    expect(fake.resident().map(({ model }) => model)).toEqual(['c', 'a']);
    await clock.advance(600_000);
    expect(fake.resident().map(({ model }) => model)).toEqual(['a']);
    await fake.restart();
    expect(fake.resident()).toEqual([]);
  });

  it('a client that sends no context gets the default one and a new runner', async () => {
    await using fake = await startFakeOllama();
    await post(fake.url, '/api/generate', { model: 'fake:1b', options: { num_ctx: 8192 } });
    await post(fake.url, '/api/generate', { model: 'fake:1b' });
    expect(fake.resident()).toMatchObject([{ contextTokens: 4096 }]);
    expect(fake.loads).toEqual({ 'fake:1b': 2 });
  });

  it('refuses what Ollama refuses', async () => {
    await using fake = await startFakeOllama({ models: [{ model: 'v', capabilities: ['embedding'] }] });
    expect((await post(fake.url, '/api/chat', { model: 'v', messages: [{ role: 'user', content: 'x' }] })).status).toBe(
      400,
    );
    expect((await post(fake.url, '/api/show', { model: 'no' })).status).toBe(404);
    expect((await post(fake.url, '/api/embed', { model: 'no', input: 'x' })).status).toBe(404);
    expect((await post(fake.url, '/api/embed', { model: 'v', input: 'x', keep_alive: '-1' })).status).toBe(400);
    expect((await fetch(`${fake.url}/nowhere`)).status).toBe(404);
    expect(await (await fetch(fake.url)).text()).toBe('Ollama is running');
  });

  it('a fault happens as often, for the model, and at the path that it names', () => {
    const box = new FakeFaultBox();
    box.set([
      { kind: 'empty', times: 2, every: 2 },
      { kind: 'html', model: 'm' },
      { kind: 'reset', path: '/api/ps' },
    ]);
    const take = (path: string, model: string, isText: boolean) =>
      box.take({ path, model, isText, isLoad: false })?.kind ?? null;
    expect([1, 2, 3, 4, 5, 6].map(() => take('/api/chat', 'x', true))).toEqual([
      null,
      'empty',
      null,
      'empty',
      null,
      null,
    ]);
    expect(take('/api/chat', 'm', true)).toBe('html');
    expect(take('/api/ps', 'x', false)).toBe('reset');
    expect(take('/api/tags', 'x', false)).toBeNull();
  });

  it('keep_alive is read as Ollama reads it', () => {
    expect([5, 0.5, 0, -1, '10m', '1h30m', '-1m', '-1', '', 'x', {}, undefined].map(parseKeepAlive)).toEqual([
      5_000,
      500,
      0,
      Number.POSITIVE_INFINITY,
      600_000,
      5_400_000,
      Number.POSITIVE_INFINITY,
      null,
      null,
      null,
      null,
      undefined,
    ]);
  });
});

describe('the command', () => {
  it('prints its url and obeys its arguments, and faults and log can be had over HTTP', async () => {
    const lines: string[] = [];
    await using fake = await runFakeCommand(
      [
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
        '--engine',
        'other',
      ],
      (line) => lines.push(line),
    );
    expect(JSON.parse(lines[0] ?? '')).toEqual({ url: fake.url, pid: process.pid });
    const headers = { authorization: 'Bearer secret' };
    const tags = (await (await fetch(`${fake.url}/api/tags`, { headers })).json()) as {
      models: { name: string; size: number }[];
    };
    expect(tags.models.map(({ name, size }) => [name, size])).toEqual([
      ['a:1b', 500],
      ['b', 1_000_000_000],
    ]);
    const ask = () =>
      fetch(`${fake.url}/api/generate`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model: 'a:1b', prompt: 'x', stream: false }),
      });
    expect((await ask()).status).toBe(503);
    expect((await ask()).status).toBe(200);
    await fetch(`${fake.url}/fake/faults`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ faults: [{ kind: 'status-401' }] }),
    });
    expect((await ask()).status).toBe(401);
    const { log } = (await (await fetch(`${fake.url}/fake/log`, { headers })).json()) as {
      log: { path: string; outputTokens: number }[];
    };
    expect(log.filter(({ path }) => path === '/api/generate').map(({ outputTokens }) => outputTokens)).toEqual([
      0, 2, 0,
    ]);
    expect((await fetch(`${fake.url}/api/tags`)).status).toBe(401);
  });

  it('bad arguments are an error that shows the usage or the faults', async () => {
    for (const argv of [['--nonsense'], ['--port', 'x'], ['positional']])
      await expect(runFakeCommand(argv, () => {})).rejects.toThrow(/tale-fake-ollama/);
    await expect(runFakeCommand(['--fault', 'meteor'], () => {})).rejects.toThrow(/faults are/);
    expect(parseFakeFault('stall@3*2')).toEqual({ kind: 'stall', after: 3, times: 2 });
    expect(parseFakeFault('refuse')).toEqual({ kind: 'refuse' });
  });
});
