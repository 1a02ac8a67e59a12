import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the socket of a PostgreSQL server, `null` where none is installed. */
    postgresSocket: string | null;
    /** Folder of the programs that tests start, bundled from source. */
    childFolder: string;
  }
}

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const children = ['writer', 'forgetter', 'filler', 'holder'];

/** Starts a PostgreSQL server where one is installed, and bundles the programs that tests start. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgresSocket', server?.socket ?? null);
  const folder = await mkdtemp(join(root, 'node_modules/.test-children-')); // there it finds the database driver
  await build({
    config: false,
    silent: true,
    entry: Object.fromEntries(children.map((name) => [name, join(root, `test/children/${name}.ts`)])),
    outDir: folder,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
    skipNodeModulesBundle: true,
  });
  project.provide('childFolder', folder);
  return async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

/** The newest server of Debian's folders, on a socket alone, in a folder that goes with it; `null` if none is installed. */
async function startPostgres(): Promise<{ socket: string; stop(): Promise<void> } | null> {
  const installed = '/usr/lib/postgresql';
  const versions = existsSync(installed) ? readdirSync(installed).sort((a, b) => Number(b) - Number(a)) : [];
  const version = versions.find((name) => existsSync(join(installed, name, 'bin/initdb')));
  if (version === undefined) return null;
  const programs = join(installed, version, 'bin');
  const folder = await mkdtemp(join(tmpdir(), 'tale-pg-'));
  const user = notRoot();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  await run(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'tale', '-N', '-E', 'UTF8', '--locale=C'], {
    ...user,
  });
  const settings = [
    'fsync=off',
    'full_page_writes=off',
    'shared_buffers=32MB',
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
  ];
  const child = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...user,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('ready to accept connections')) resolve();
    });
    closed.then(() => reject(new Error(`PostgreSQL did not start: ${log}`)), reject);
  });
  return {
    socket: folder,
    async stop() {
      child.kill('SIGINT'); // fast: open connections are closed
      await closed;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function notRoot(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string, name: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u', 'postgres'), gid: id('-g', 'postgres') };
}
