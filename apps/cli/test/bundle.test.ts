import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { stopServers } from '../src/servers/stop-servers.js';
import { answerTask, callStart, endTask, startFakeTale } from './support/fake-tale.js';
import { createHome } from './support/home.js';
import { bundle, runBundle, startBundle } from './support/run-bundle.js';

interface Metafile {
  outputs: Record<
    string,
    {
      entryPoint?: string;
      inputs: Record<string, { bytesInOutput: number }>;
      imports: { path: string; kind: string; external?: boolean }[];
    }
  >;
}

const readMetafile = () => JSON.parse(readFileSync(`${bundle}/metafile-esm.json`, 'utf8')) as Metafile;

/** Everything that a file loads before it runs: inputs and external modules. */
function loadedBy(entry: string): string[] {
  const { outputs } = readMetafile();
  const found = new Set<string>();
  const visit = (name: string) => {
    for (const [input, { bytesInOutput }] of Object.entries(outputs[name]!.inputs))
      if (bytesInOutput > 0) found.add(input);
    for (const { path, kind, external } of outputs[name]!.imports) {
      if (kind !== 'import-statement') continue;
      if (external) found.add(path);
      else visit(path);
    }
  };
  visit(Object.keys(outputs).find((name) => outputs[name]!.entryPoint?.endsWith(entry))!);
  return [...found];
}

const heavy =
  /node_modules.*\/(zod|kysely|better-sqlite3|hono|undici|cockatiel|@modelcontextprotocol)\/|^better-sqlite3$/;

describe('the built command', () => {
  it('loads nothing but commander and the command tree at first', () => {
    const loaded = loadedBy('src/main.ts');
    expect(loaded.filter((name) => heavy.test(name) || /packages\//.test(name))).toEqual([]);
    expect(loaded.some((name) => name.includes('/commander/'))).toBe(true);
    expect(loaded).not.toContain('child_process');
  });

  it('loads no database for the commands', () => {
    expect(loadedBy('src/commands/index.ts').filter((name) => heavy.test(name))).toEqual([]);
  });

  it('holds no schemas at all: one use of one would bring their library into every command', () => {
    const { outputs } = readMetafile();
    const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
    expect(inputs.filter(([name, { bytesInOutput }]) => name.includes('/zod/') && bytesInOutput > 0)).toEqual([]);
  });
});

describe('a configuration that a start would refuse', () => {
  it.each([[['list']], [['status']], [['tokens']]])('is refused by %j as well', async (args) => {
    await using home = await createHome();
    const path = `${home.folders.config}/config.jsonc`;
    writeFileSync(path, '{ "gatway": {} }', { mode: 0o600 });
    const { exitCode, err } = await runBundle(args, home.env);
    expect(exitCode).toBe(3);
    expect(err).toContain(`${path}:1:3: unknown key "gatway"`);
    writeFileSync(path, '{ "gateway": { "port": 8090 } }', { mode: 0o600 });
    expect((await runBundle(args, home.env)).exitCode).toBe(0);
  });
});

describe('help and version', () => {
  it('prints the version', async () => {
    expect(await runBundle(['--version'])).toEqual({ exitCode: 0, out: '0.0.0\n', err: '' });
  });

  it.each([
    ['--help'],
    ['help'],
    ['submit', '--help'],
    ['help', 'submit'],
    ['servers', 'start', '-h'],
    ['models', 'pull', '--help'],
  ])('shows examples first: %s %s %s', async (...args) => {
    const { exitCode, out, err } = await runBundle(args);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^Examples:\n {2}tale /);
    expect(out).toContain('Documentation and issues: ');
  });

  it('has examples for every command', async () => {
    const { examples } = await import('../src/help.js');
    const { createProgram } = await import('../src/program.js');
    const paths: string[] = [];
    const visit = (command: ReturnType<typeof createProgram>, path: string) => {
      paths.push(path);
      for (const child of command.commands) visit(child as ReturnType<typeof createProgram>, `${path} ${child.name()}`);
    };
    visit(
      createProgram(async () => {}, { writeOut: () => {}, writeError: () => {} }),
      'tale',
    );
    expect(Object.keys(examples).sort()).toEqual(paths.sort());
  });

  it('has every exit code', async () => {
    const { exitCodes } = await import('../src/exit-codes.js');
    const { footer } = await import('../src/help.js');
    const listed = [...footer.matchAll(/(?<=: |, |,\n)(\d+) [a-z]/g)].map(([, code]) => Number(code));
    expect(listed).toEqual(Object.values(exitCodes));
  });

  it('shows a short help without a command', async () => {
    const { exitCode, out, err } = await runBundle([]);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: tale /);
  });
});

describe('usage errors', () => {
  it.each([
    [['stauts'], 'did you mean status?'],
    [['submit', '--prioritty', '3', 'x'], 'did you mean --priority?'],
    [['servers', 'strat'], 'did you mean start?'],
    [['servers'], 'A subcommand is missing.'],
    [['submit', 'two', 'words'], 'put the text in quotes'],
    [['submit'], 'The text of the task is missing.'],
    [['submit', ''], 'The prompt is empty.'],
    [['submit', '--priority', '12', 'x'], '--priority takes a whole number from 0 to 9'],
    [['cancel'], "Missing required argument 'id'."],
    [['status', '--raw-output', '--bad'], "Unknown option '--bad'."],
    [['submit', '--prio', '1', 'x'], 'did you mean --priority?'],
    [['submit', '--ma', '1', 'x'], 'did you mean --max-time?'],
    [['help', 'nope'], "Unknown command 'nope'."],
    [['help', 'servers', 'strat'], 'did you mean start?'],
    [['list', 'x'], 'tale list --search "words", or tale status <id>'],
    [['logs', '--server', 'foo'], '--server takes one of supervisor, gateway'],
    [['models', 'pull', ''], '"" cannot be the name of a model.'],
    [['submit', '-F', '/'], 'Cannot read /: it is a folder (EISDIR).'],
  ])('%j ends with exit code 2 and says %s', async (args, text) => {
    await using home = await createHome();
    const { exitCode, out, err } = await runBundle(args, home.env);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain(text);
    const json = await runBundle([...args, '--json'], home.env);
    expect(JSON.parse(json.out)).toMatchObject({ schema: 'tale.error/1', exitCode: 2, error: { source: 'cli' } });
    expect([json.exitCode, json.err]).toEqual([2, '']);
  });

  it('does not take --json behind -- for the flag', async () => {
    const { out, err } = await runBundle(['submit', '--bad', '--', '--json']);
    expect(out).toBe('');
    expect(err).toContain('--bad');
  });
});

describe('every command with --json while nothing runs', () => {
  const id = '7Q2F9K';
  it.each([
    [['submit', 'hello', '--no-start'], 5, 'tale.error/1'],
    [['status'], 0, 'tale.overview/1'],
    [['status', id], 4, 'tale.error/1'],
    [['list'], 0, 'tale.list/1'],
    [['cancel', id], 5, 'tale.error/1'],
    [['servers', 'status'], 0, 'tale.servers/1'],
    [['servers', 'stop'], 0, 'tale.servers/1'],
    [['tokens'], 0, 'tale.tokens/1'],
    [['models', 'ps'], 5, 'tale.error/1'],
    [['models', 'list'], 5, 'tale.error/1'],
    [['models', 'pull', 'x'], 5, 'tale.error/1'],
    [['logs'], 0, 'tale.logs/1'],
  ])('%j: exit code %i and one %s', async (args, exitCode, schema) => {
    await using home = await createHome();
    const run = await runBundle([...args, '--json'], home.env);
    const document = JSON.parse(run.out) as { schema: string; exitCode?: number };
    expect([run.exitCode, document.schema]).toEqual([exitCode, schema]);
    if (schema === 'tale.error/1') expect(document.exitCode).toBe(exitCode);
    expect(run.out + run.err).not.toContain('\u001B');
  });
});

describe('a stream that cannot be written', () => {
  const run = (command: string, env: NodeJS.ProcessEnv) =>
    promisify(execFile)('bash', ['-c', command, 'bash', process.execPath, `${bundle}/main.js`], {
      env: { ...process.env, ...env },
    }).then(
      ({ stderr }) => ({ code: 0, stderr }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    );

  it
    .runIf(process.platform === 'linux')
    .each([['"$@" status >/dev/full'], ['"$@" --help >/dev/full'], ['"$@" list --json >/dev/full']])(
    'is one line on stderr and exit code 1: %s',
    async (command) => {
      await using home = await createHome();
      const { code, stderr } = await run(command, home.env);
      expect(code).toBe(1);
      expect(stderr.match(/^tale: .*$/gm)).toEqual([
        'tale: stdout could not be written: no space is left on the device (ENOSPC)',
      ]);
      expect(stderr).not.toContain('    at ');
      expect(stderr.length).toBeLessThan(300);
    },
  );

  it.runIf(process.platform === 'linux')('is exit code 1 where nothing can be said', async () => {
    await using home = await createHome();
    expect(await run('"$@" status 2>/dev/full', home.env)).toEqual({ code: 1, stderr: '' });
    expect(await run('"$@" cancel x 2>/dev/full', home.env)).toEqual({ code: 5, stderr: '' });
  });
});

describe('a home that is none', () => {
  it.each([[['list']], [['status']], [['logs']], [['servers', 'start']], [['servers', 'stop']], [['submit', 'x']]])(
    '%j names the path and the reason',
    async (args) => {
      await using home = await createHome();
      const file = `${home.path}/file`;
      writeFileSync(file, '');
      const { exitCode, err } = await runBundle(args, { TALE_HOME: file });
      expect(exitCode).toBe(3);
      expect(err).toContain(file);
      expect(err).toContain('a part of the path is a file, not a folder (ENOTDIR)');
      expect(err).not.toContain('    at ');
    },
  );
});

describe('pipes and signals', () => {
  it('is quiet when the reader of stdout leaves', async () => {
    await using home = await createHome();
    await using tale = await startFakeTale();
    for (let at = 0; at < 3_000; at++) answerTask(tale, `01KB${String(at).padStart(22, '0')}`, ['x'.repeat(50)]);
    await home.writeRuntime(tale.runtime());
    const run = startBundle(['list', '--limit', '1000'], home.env);
    run.child.stdout!.once('data', () => run.child.stdout!.destroy());
    expect(await run.exit).toBe(0);
    expect(run.err()).toBe('');
  });

  it('delivers a long document to a slow reader', async () => {
    await using home = await createHome();
    await using tale = await startFakeTale();
    for (let at = 0; at < 3_000; at++) answerTask(tale, `01KB${String(at).padStart(22, '0')}`, ['x'.repeat(500)]);
    await home.writeRuntime(tale.runtime());
    const run = startBundle(['list', '--json'], home.env);
    run.child.stdout!.pause();
    setTimeout(() => run.child.stdout!.resume(), 300);
    expect(await run.exit).toBe(0);
    expect((JSON.parse(run.out()) as { tasks: unknown[] }).tasks).toHaveLength(3_000);
  });

  it('reads the text from stdin and starts the servers', async () => {
    await using home = await createHome();
    try {
      const started = await runBundle(['submit', '-', '--detach'], home.env, 'hello');
      expect(started.exitCode).toBe(0);
      expect(started.out).toMatch(/^[0-9A-Z]{26}\n$/);
      expect(started.err).toContain('starting servers…');
    } finally {
      await stopServers(home.folders.data);
    }
  });

  it('cancels on the first Ctrl+C and ends with 130', async () => {
    await using home = await createHome();
    await using tale = await startFakeTale({
      onSubmit: (taskId, fake) => fake.push(taskId, callStart('c', { purpose: 'answer' })),
    });
    await home.writeRuntime(tale.runtime());
    const run = startBundle(['submit', 'hello'], home.env);
    await until('the task runs', () => run.err().includes('reading the prompt'));
    run.child.kill('SIGINT');
    expect(await run.exit).toBe(130);
    expect([...tale.tasks.values()][0]).toMatchObject({ state: 'cancelled' });
    expect(run.err()).toContain('it is cancelled');
  });

  it('ends at once on the second Ctrl+C', async () => {
    await using home = await createHome();
    await using tale = await startFakeTale({
      onSubmit: (taskId, fake) => fake.push(taskId, callStart('c', { purpose: 'answer' })),
      onCancel: (task) => task,
    });
    await home.writeRuntime(tale.runtime());
    const run = startBundle(['submit', 'hello'], home.env);
    await until('the task runs', () => run.err().includes('reading the prompt'));
    run.child.kill('SIGINT');
    await until('it is being cancelled', () => tale.requests.filter((name) => name === 'POST /mcp').length === 2);
    run.child.kill('SIGINT');
    expect(await run.exit).toBe(130);
  });

  it('leaves on Ctrl+C while it reads stdin, with one document where one is asked for', async () => {
    await using home = await createHome();
    const run = startBundle(['submit', '-', '--json'], { ...home.env, TALE_SERVERS_ENTRY: '/nowhere' }, undefined);
    expect(await run.exit).toBe(2); // stdin is closed: an empty text
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, [`${bundle}/main.js`, 'submit', '-', '--json'], {
      env: { ...process.env, ...home.env },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    setTimeout(() => child.kill('SIGTERM'), 700);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(143);
    expect(JSON.parse(out)).toMatchObject({ schema: 'tale.error/1', exitCode: 143, error: { code: 'interrupted' } });
  });

  it('runs servers in the foreground until Ctrl+C', async () => {
    await using home = await createHome();
    const run = startBundle(['servers', 'start', '--foreground'], home.env);
    await until('they are ready', () => run.err().includes('servers are ready'));
    run.child.kill('SIGINT');
    expect(await run.exit).toBe(0);
    const locked = startBundle(['servers', 'start', '--foreground'], { ...home.env, FAKE_SUPERVISOR: 'port-taken' });
    expect(await locked.exit).toBe(5);
    expect(locked.err()).toContain('Port 8080 is taken.');
  });

  it('shows a failed task’s partial result on stdout and its reason on stderr', async () => {
    await using home = await createHome();
    await using tale = await startFakeTale({
      onSubmit: (taskId, fake) => endTask(fake, taskId, { state: 'cancelled', reason: 'elsewhere', result: 'half' }),
    });
    await home.writeRuntime(tale.runtime());
    const run = await runBundle(['submit', 'hello'], home.env);
    expect([run.exitCode, run.out]).toEqual([1, 'half\n']);
    expect(run.err).toContain('was cancelled: elsewhere');
    const json = await runBundle(['submit', 'hello', '--json'], home.env);
    expect(JSON.parse(json.out)).toMatchObject({
      schema: 'tale.error/1',
      exitCode: 1,
      error: { code: 'cancelled', details: { task: { result: 'half' } } },
    });
  });
});
