import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { canSeeProcesses } from './harness/processes.js';
import { startTale, type Tale, type TaleOptions } from './harness/tale.js';

/** Everything that tale wrote, links left alone. */
function written(tale: Tale): string[] {
  return ['config', 'data', 'state', 'cache'].flatMap((name) => {
    const folder = join(tale.home, name);
    try {
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
      return [
        folder,
        ...entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name)),
      ];
    } catch {
      return []; // not every folder is needed
    }
  });
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Does a bit of everything that writes files. */
async function work(tale: Tale): Promise<void> {
  for (const args of [
    ['submit', 'hello'],
    ['submit', '--detach', 'hello'],
    ['list'],
    ['servers', 'restart', 'execution'],
  ]) {
    const { code, stderr } = await tale.run(args);
    expect(code, stderr).toBe(0);
  }
}

const setUps: readonly (readonly [name: string, options: TaleOptions])[] = [
  ['an Ollama', {}],
  ['an engine of its own', { models: 'engine', env: { TALE_MODELS_MAX_OUTPUT_TOKENS: '20' } }],
];

for (const [name, options] of setUps) {
  it(`E2E-PRIVATE-1 E2E-PRIVATE-2 writes for this user alone and shows its token to nobody, with ${name}`, async () => {
    await using tale = await startTale({ ...options, umask: '000' });
    await work(tale);
    const { token } = tale.runtime();
    expect(token).toMatch(/^[0-9a-f]{64}$/);

    for (const { command, environment, pid } of tale.processes()) {
      expect(command, `argv of ${pid}`).not.toContain(token);
      expect(environment.includes(token), `environment of ${pid}: ${command}`).toBe(false);
    }
    const paths = written(tale);
    const open = paths.filter((path) => !/^[0-7]00$/.test(modeOf(path)));
    expect(open.map((path) => `${modeOf(path)} ${path.slice(tale.home.length)}`)).toEqual([]);

    const files = paths.filter((path) => statSync(path).isFile());
    const telling = files.filter((path) => readFileSync(path).includes(token));
    expect(telling.map((path) => path.slice(tale.dataFolder.length)).sort()).toEqual(['/runtime.json', '/token']);
    expect((await tale.run(['servers', 'stop'])).code).toBe(0);
    expect(written(tale).filter((path) => !/^[0-7]00$/.test(modeOf(path)))).toEqual([]);
  });
}

it.skipIf(!canSeeProcesses)(
  'E2E-PRIVATE-3 hands no variable of the user to a server that has no use for it',
  async () => {
    const env = { OPENAI_API_KEY: 'canary-of-the-user', NODE_OPTIONS: '--no-deprecation' };
    await using tale = await startTale({ models: 'engine', env });
    expect(
      (await tale.run(['submit', '--max-time', '20s', 'hello'], { env: { TALE_MODELS_MAX_OUTPUT_TOKENS: '5' } })).code,
    ).toBe(0);
    const servers = tale.processes().filter(({ command }) => command !== 'tale-supervisor');
    expect(servers.length).toBeGreaterThanOrEqual(5); // the process that holds the model is one of them
    for (const { command, environment } of servers) {
      expect(environment, command).not.toMatch(/canary-of-the-user|NODE_OPTIONS/);
    }
  },
);
