import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { root } from './packages.js';

type WithLock = <Result>(
  work: () => Promise<Result>,
  options: { file: string; staleMs?: number; pollMs?: number; onWait?: () => void },
) => Promise<Result>;
type Stamp = (folder: string) => string;

/** The scripts are programs of the repository, no package that could be imported by name. */
const load = (file: string) => import(pathToFileURL(join(root, 'scripts/bootstrap', file)).href);
const { withLock } = (await load('lock.mjs')) as { withLock: WithLock };
const { installStamp } = (await load('install.mjs')) as { installStamp: Stamp };
const { sourceStamp } = (await load('build.mjs')) as { sourceStamp: Stamp };

/** Process id of a program that has ended. */
const endedPid = () => execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();

it('lets one start work at a time', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  const log: string[] = [];
  let end = () => {};
  const first = withLock(() => new Promise<void>((resolve) => (end = resolve)), { file }).then(() => log.push('first'));
  const second = withLock(async () => log.push('second'), { file, pollMs: 1, onWait: () => end() });
  await Promise.all([first, second]);
  expect(log).toEqual(['first', 'second']);
  expect(existsSync(file)).toBe(false);
});

it('gives the lock back when the work fails', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  await expect(withLock(() => Promise.reject(new Error('no network')), { file })).rejects.toThrow('no network');
  expect(existsSync(file)).toBe(false);
});

it.each<[string, () => string, number]>([
  ['a process that is gone', endedPid, 3_600_000],
  ['a process id that another program has by now', () => String(process.ppid), 50],
  ['a process that died before it could write its id', () => '', 50],
])('takes over the lock of %s', async (_holder, content, staleMs) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'nested', 'lock');
  await mkdir(join(folder.path, 'nested'));
  await writeFile(file, content());
  const holder = await withLock(async () => readFileSync(file, 'utf8'), { file, staleMs, pollMs: 1, onWait: () => {} });
  expect(holder).toBe(String(process.pid));
  expect(existsSync(file)).toBe(false);
});

it('installs again when the lockfile changed, and builds again when a source, a manifest or the lockfile did', async () => {
  await using folder = await temporaryFolder();
  const put = (file: string, text: string) => writeFile(join(folder.path, file), text);
  for (const path of ['packages/a/src', 'packages/a/test', 'apps', 'tooling']) {
    await mkdir(join(folder.path, path), { recursive: true });
  }
  await put('pnpm-lock.yaml', 'lockfileVersion: 9');
  await put('packages/a/package.json', '{}');
  await put('packages/a/src/index.ts', 'export {}');
  const stamps = () => [installStamp(folder.path), sourceStamp(folder.path)];

  const [install, source] = stamps();
  await put('packages/a/test/index.test.ts', '');
  expect(stamps()).toEqual([install, source]);

  await utimes(join(folder.path, 'packages/a/src/index.ts'), 1, 1);
  const [, touched] = stamps();
  await put('packages/a/src/more.ts', '');
  const [, added] = stamps();
  await put('packages/a/package.json', '{ "exports": {} }');
  const [unchanged, described] = stamps();
  await put('pnpm-lock.yaml', 'lockfileVersion: 10');
  const [locked, last] = stamps();
  expect(unchanged).toBe(install);
  expect(locked).not.toBe(install);
  expect(new Set([source, touched, added, described, last]).size).toBe(5);
});
