import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { documentOf } from './harness/document.js';
import { scripted } from './harness/fake-models.js';
import { command } from './harness/places.js';
import { startCommand } from './harness/running-command.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale();
const escapeByte = '\u001b';
/** Colours, a title, the clipboard, a bell, a backspace and C1 forms of the same; the fake cannot say `]`. */
const hostile = `ok ${escapeByte}[31mred${escapeByte}[0m ${escapeByte}Pdcs${escapeByte}\\ ${escapeByte}_apc${escapeByte}\\ \u009d0;title\u0007 \u009b2J over\rwrite back\b\b end`;
/** What a terminal obeys instead of showing; line feed and tab are text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

it('E2E-TEXT-1 shows nothing that a terminal would obey, whatever the model says', async () => {
  const tale = installed();
  const text = await tale.run(['submit', scripted(`[say ${hostile}]`, `[say ${escapeByte}[5m blink \u009b1m]`)]);
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^ok red .*end\n$/s);
  expect(text.stdout).not.toMatch(controls);
  expect(text.stderr).not.toMatch(controls);
  expect(text.stderr).toMatch(/blink/);

  const { tasks } = documentOf(await tale.run(['list', '--limit', '1', '--json']), 'tale.list/1');
  expect((await tale.run(['status', tasks[0].taskId])).stdout).not.toMatch(controls);
});

it('E2E-TEXT-2 keeps what the model said in the database and escapes it in --json', async () => {
  const json = await installed().run(['submit', '--json', `[say ${hostile}]`]);
  expect(json.stdout).not.toMatch(controls);
  expect(documentOf(json, 'tale.submit/1').result).toBe(hostile);
});

it('E2E-TEXT-1 shows nothing that a terminal would obey, whatever stands in a prompt or a log', async () => {
  const tale = installed();
  const prompt = `title ${escapeByte}]0;evil\u0007 ${escapeByte}]52;c;ZXZpbA==\u0007 ${escapeByte}[2J \u202egnp.exe [say fine]`;
  const id = (await tale.run(['submit', '--detach', prompt])).stdout.trim();
  for (const args of [
    ['list'],
    ['status', id],
    ['status'],
    ['logs'],
    ['status', id.slice(0, 6), '--no-input'],
    ['cancel', id],
  ]) {
    const { stdout, stderr } = await tale.run(args);
    expect(stdout + stderr, args.join(' ')).not.toMatch(controls);
    expect(stdout + stderr, args.join(' ')).not.toContain('\u202e');
  }
  for (const args of [
    ['list', '--json'],
    ['status', id, '--json'],
    ['logs', '--json'],
  ]) {
    expect((await tale.run(args)).stdout, args.join(' ')).not.toMatch(controls);
  }
});

/** Whether a terminal can be had: `script` of util-linux lends one. */
const hasTerminal = (() => {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
})();

/** What `tale …` writes to a terminal. */
async function onTerminal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { home, fake } = installed();
  const words = [process.execPath, command, ...args].map((word) => `'${word}'`).join(' ');
  const terminal = startCommand(['script', '--quiet', '--return', '--command', words, '/dev/null'], {
    env: {
      PATH: process.env.PATH,
      HOME: `${home}/home`,
      TALE_HOME: home,
      TALE_OLLAMA_URL: fake.url,
      TERM: 'xterm',
      ...env,
    },
    stdin: '',
  });
  const { code, stdout } = await terminal.ended;
  expect(code, stdout).toBe(0);
  return stdout;
}

it.skipIf(!hasTerminal)(
  'E2E-TEXT-3 E2E-TEXT-4 moves the cursor and colours only on a terminal that wants it',
  async () => {
    const lively = await onTerminal(['submit', '[tokens=20] [rate=20]'], {});
    expect(lively).toContain(escapeByte);
    // Only the line of the phase is taken back; what was printed stays.
    expect(lively).not.toContain(`${escapeByte}[2J`);
    expect(lively).not.toContain(`${escapeByte}[3J`);

    for (const [args, env] of [
      [[], { NO_COLOR: '1' }],
      [[], { TERM: 'dumb' }],
      [[], { TALE_PLAIN: '1' }],
      [['--plain'], {}],
      [['--no-color'], {}],
    ] satisfies [string[], NodeJS.ProcessEnv][]) {
      for (const words of [
        ['submit', '[tokens=3]'],
        ['status'],
        ['list'],
        ['servers', 'status'],
        ['tokens'],
        ['logs'],
      ]) {
        const shown = await onTerminal([...words, ...args], env);
        expect(shown, `${words.join(' ')} ${args.join(' ')} ${JSON.stringify(env)}`).not.toContain(escapeByte);
      }
    }
  },
);

it('E2E-TEXT-3 writes no escape byte into a pipe, even where colours are wished for in general', async () => {
  for (const args of [
    ['submit', '[tokens=3]'],
    ['status'],
    ['list'],
    ['servers', 'status'],
    ['tokens'],
    ['models', 'ps'],
    ['logs'],
    ['--help'],
    ['nonsense'],
  ]) {
    const { stdout, stderr } = await installed().run(args, { env: { COLORTERM: 'truecolor', CLICOLOR: '1' } });
    expect(stdout + stderr, args.join(' ')).not.toContain(escapeByte);
  }
});
