import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { failureOf } from './harness/document.js';
import { startTale, type Tale } from './harness/tale.js';

it('E2E-USAGE-1 E2E-EXIT-2 ends with 2 for a command, flag or value that does not exist, and suggests the one that was meant', async () => {
  await using tale = await startTale({ models: 'none' });
  const wrong: readonly (readonly [args: string[], names: RegExp])[] = [
    [['sbmit', 'hello'], /submit/],
    [['servers', 'strat'], /start/],
    [['submit', '--detatch', 'hello'], /--detach/],
    [['list', '--stauts', 'done'], /--status/],
    [['list', '--status', 'dun'], /done/],
    [['submit', '--priority', '11', 'hello'], /0 to 9/],
    [['submit', '--max-time', 'soon', 'hello'], /90s/],
    [['submit', 'two', 'words'], /quotes/],
    [['tokens', '--by', 'colour'], /model/],
    [['tokens', 'yearly'], /monthly/],
    [['servers', 'start', '--port', '99999'], /65535/],
    [['servers'], /start/],
    [['status', '--since'], /--since/],
  ];
  for (const [args, names] of wrong) {
    const text = await tale.run(args);
    expect({ args, code: text.code, stdout: text.stdout }, text.stderr).toEqual({ args, code: 2, stdout: '' });
    expect(text.stderr, args.join(' ')).toMatch(names);
    expect(failureOf(await tale.run([...args, '--json']))).toMatchObject({ code: 'usage', source: 'cli' });
  }
  expect(tale.running()).toEqual([]);
});

it('E2E-USAGE-2 explains itself with --help on every level, examples first', async () => {
  await using tale = await startTale({ models: 'none' });
  const bare = await tale.run([]);
  expect(bare).toMatchObject({ code: 0, stderr: '' });
  expect(bare.stdout).toMatch(/^Usage: tale/m);
  for (const args of [['--help'], ['submit', '--help'], ['servers', '--help'], ['servers', 'start', '--help']]) {
    const { code, stdout, stderr } = await tale.run(args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    expect(stdout).toMatch(/^Examples:\n {2}tale /);
    expect(stdout).toMatch(/\nUsage: tale/);
  }
  expect((await tale.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

function configure(tale: Tale, text: string): void {
  mkdirSync(join(tale.home, 'config'), { mode: 0o700, recursive: true });
  writeFileSync(join(tale.home, 'config', 'config.jsonc'), text, { mode: 0o600 });
}

it('E2E-CONFIG-1 E2E-EXIT-3 ends with 3 for a configuration that is wrong, and names file, line and the key that was meant', async () => {
  const wrong: readonly (readonly [config: string, code: string, names: RegExp, suggestion: string | null])[] = [
    ['{\n  // a typo\n  "gatway": { "port": 8090 }\n}', 'unknown-key', /config\.jsonc:3.*gatway.*gateway/s, 'gateway'],
    ['{\n\n"execution": { "slot": 2 } }', 'unknown-key', /config\.jsonc:3.*slot.*execution\.slots/s, 'execution.slots'],
    ['{ "gateway": {\n\n"port": "http" } }', 'wrong-type', /config\.jsonc:3.*gateway\.port/s, null],
    ['{ "gateway": {\n\n"port": 70000 } }', 'out-of-range', /config\.jsonc:3.*gateway\.port.*65535/s, null],
    ['{ "gateway": \n\n', 'syntax', /config\.jsonc:3/, null],
  ];
  for (const [config, code, names, suggestion] of wrong) {
    await using tale = await startTale({ models: 'none' });
    configure(tale, config);
    const text = await tale.run(['submit', 'hello']);
    expect({ config, code: text.code, stdout: text.stdout }, text.stderr).toEqual({ config, code: 3, stdout: '' });
    expect(text.stderr).toMatch(names);
    const json = await tale.run(['servers', 'start', '--json']);
    expect(json.code).toBe(3);
    const { details, ...failure } = failureOf(json);
    expect(failure).toMatchObject({ code, retryable: false });
    expect(details.problems).toMatchObject([{ code, line: 3, suggestion }]);
    await expect.poll(() => tale.running()).toEqual([]);
  }
});

it('E2E-CONFIG-2 lets the environment stand above the file', async () => {
  await using tale = await startTale({ env: { TALE_EXECUTION_INSTANCES: '2' } });
  configure(tale, '{ "execution": { "instances": 3 }, "models": { "maxOutputTokens": 7 } }');
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  expect(tale.runtime().servers.filter(({ name }) => name === 'execution')).toHaveLength(2);
  const { stdout } = await tale.run(['submit', '[tokens=50]']);
  expect(stdout.trim().split(' ')).toHaveLength(7);
});
