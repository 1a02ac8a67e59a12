import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type JsonValue, openConfig } from '../src/index.js';
import { type LayerFiles, layerFiles } from '../src/testing/index.js';

const schema = z.object({
  server: z.object({ port: z.number().min(1).default(8080), host: z.string().default('x') }),
  prices: z.record(z.string(), z.object({ input: z.number() })).default({}),
  level: z.enum(['debug', 'info']).default('info').meta({ project: 'always' }),
});
const open = (files: LayerFiles, more: { env?: Record<string, string>; project?: string } = {}) =>
  openConfig({ schema, name: 'tale', folders: files.folders, env: {}, ...more });

it('sets and unsets a key in the file of the user, and sees it at once', async () => {
  await using files = await layerFiles({ user: '{\n  // the door\n  "server": { "port": 1 } // small\n}\n' });
  await using config = await open(files);
  const file = files.files.user;
  expect(await config.set('server.host', 'y')).toEqual({
    revision: 2,
    written: file,
    changes: [{ key: 'server.host', hiddenBy: null }],
  });
  expect(config.values.server).toEqual({ port: 1, host: 'y' });
  expect(config.explain('server.host')).toMatchObject({ layer: 'user', line: 3 });
  expect(await readFile(file, 'utf8')).toBe('{\n  // the door\n  "server": { "port": 1, "host": "y" } // small\n}\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  await config.set('prices["qwen2.5:7b"].input', 2);
  expect(config.values.prices).toEqual({ 'qwen2.5:7b': { input: 2 } });
  await config.unset('prices');
  await config.set('server.host', null);
  expect(await readFile(file, 'utf8')).toBe('{\n  // the door\n  "server": { "port": 1 } // small\n}\n');
  expect(config.values.server.host).toBe('x');
  expect(config.revision).toBe(5);
  expect(await readdir(dirname(file))).toEqual(['config.jsonc']);
});

it('writes nothing where the file says so already', async () => {
  await using files = await layerFiles({ user: '{ "level": "debug" }' });
  await using config = await open(files);
  await chmod(files.files.user, 0o400);
  expect(await config.set('level', 'debug')).toMatchObject({ revision: 1, changes: [] });
  expect(await config.unset('server.port')).toMatchObject({ revision: 1, changes: [] });
  await using none = await layerFiles();
  await using fresh = await open(none);
  expect(await fresh.unset('level')).toMatchObject({ revision: 1, changes: [] });
  await expect(stat(none.folders.config)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('makes the first file for this user alone', async () => {
  await using files = await layerFiles();
  await using config = await open(files);
  await config.set('server', { port: 5 });
  expect(await readFile(files.files.user, 'utf8')).toBe('{\n  "server": {\n    "port": 5\n  }\n}\n');
  expect((await stat(files.folders.config)).mode & 0o777).toBe(0o700);
  await using again = await open(files);
  expect(again.values.server).toEqual({ port: 5, host: 'x' });
});

it('says which stronger layer still wins', async () => {
  await using files = await layerFiles({ project: '{ "level": "debug" }' });
  await using config = await open(files, { env: { TALE_SERVER_PORT: '7' }, project: files.project });
  expect((await config.set('server.port', 8)).changes).toEqual([{ key: 'server.port', hiddenBy: 'env' }]);
  expect((await config.set('level', 'info')).changes).toEqual([{ key: 'level', hiddenBy: 'project' }]);
  expect(config.values).toMatchObject({ server: { port: 7 }, level: 'debug' });
});

it.each<[string, JsonValue, string]>([
  ['server.port', 'x', 'wrong-type'],
  ['server.port', 0, 'out-of-range'],
  ['level', 'loud', 'out-of-range'],
  ['server', { prot: 1 }, 'unknown-key'],
  ['server.prot', 1, 'unknown-key'],
  ['server..port', 1, 'unknown-key'],
  ['prices', JSON.parse('{"__proto__":{}}'), 'wrong-type'],
  ['server.port', Number.NaN, 'wrong-type'],
])('changes nothing where %s = %j is %s', async (key, value, code) => {
  await using files = await layerFiles({ user: '{ "server": { "port": 1 } }' });
  // Also where a variable hides the value for now.
  await using config = await open(files, { env: { TALE_SERVER_PORT: '7', TALE_LEVEL: 'debug' } });
  await expect(config.set(key, value)).rejects.toMatchObject({ code, retryable: false });
  expect(await readFile(files.files.user, 'utf8')).toBe('{ "server": { "port": 1 } }');
  expect(config.revision).toBe(1);
});

it('suggests the key that was probably meant', async () => {
  await using files = await layerFiles();
  await using config = await open(files);
  expect(() => config.explain('server.prot')).toThrow(
    expect.objectContaining({
      code: 'unknown-key',
      problems: [expect.objectContaining({ suggestion: 'server.port' })],
    }),
  );
});

it('keeps what another program wrote since it was opened', async () => {
  await using files = await layerFiles({ user: '{ "level": "debug" }' });
  await using config = await open(files);
  await writeFile(files.files.user, '{ "level": "debug", "server": { "port": 3 } }');
  await config.set('level', 'info');
  expect(config.values).toMatchObject({ level: 'info', server: { port: 3 } });
});

it('changes nothing while the file is broken, and goes on when it is repaired', async () => {
  await using files = await layerFiles();
  await using config = await open(files);
  await mkdir(files.folders.config, { mode: 0o700 });
  await writeFile(files.files.user, '{ "level": ', { mode: 0o600 });
  await expect(config.set('level', 'debug')).rejects.toMatchObject({ code: 'syntax', path: files.files.user });
  expect(await readFile(files.files.user, 'utf8')).toBe('{ "level": ');
  await writeFile(files.files.user, '{}');
  await config.set('level', 'debug');
  expect(config.values.level).toBe('debug');
});

it('writes through a link, so that the file may be kept elsewhere', async () => {
  await using files = await layerFiles({ user: '{}' });
  const elsewhere = join(files.project, 'dotfiles.jsonc');
  await mkdir(files.project);
  await rename(files.files.user, elsewhere);
  await symlink(elsewhere, files.files.user);
  await using config = await open(files);
  await config.set('level', 'debug');
  expect(JSON.parse(await readFile(elsewhere, 'utf8'))).toEqual({ level: 'debug' });
});

it('does the changes of many writers one after the other', async () => {
  await using files = await layerFiles();
  await using one = await open(files);
  await using two = await open(files);
  const changes = Array.from({ length: 20 }, (_, index) =>
    (index % 2 ? one : two).set(`prices.m${index}.input`, index),
  );
  await Promise.all(changes);
  const written = JSON.parse(await readFile(files.files.user, 'utf8'));
  expect(Object.keys(written.prices)).toHaveLength(20);
});

it('takes away the lock of a process that is gone, and waits for one that lives', async () => {
  await using files = await layerFiles({ user: '{}' });
  await using config = await open(files);
  const lock = `${files.files.user}.lock`;
  await writeFile(lock, '2147483646');
  await config.set('level', 'debug');

  await writeFile(lock, String(process.pid));
  const controller = new AbortController();
  const waiting = config.set('level', 'info', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(config.set('level', 'info')).rejects.toMatchObject({ code: 'conflict', retryable: true });
  expect(config.values.level).toBe('debug');
  expect(await readdir(dirname(lock))).toEqual(['config.jsonc', 'config.jsonc.lock']);
});

it('refuses a folder that others can write, and one that cannot be made', async () => {
  await using files = await layerFiles();
  await using config = await open(files);
  await mkdir(files.folders.config);
  await chmod(files.folders.config, 0o777);
  await expect(config.set('level', 'debug')).rejects.toMatchObject({ code: 'unsafe-file' });
  const folders = { config: join(files.folders.config, 'file', 'below') };
  await writeFile(join(files.folders.config, 'file'), '');
  await using other = await openConfig({ schema, name: 'tale', folders, env: {} });
  await expect(other.set('level', 'debug')).rejects.toMatchObject({ code: 'not-writable', retryable: false });
});

it('ends a change that is under way before it closes, and refuses later ones', async () => {
  await using files = await layerFiles();
  const config = await open(files);
  const change = config.set('level', 'debug');
  await config.close();
  expect((await change).revision).toBe(2);
  expect(config.values.level).toBe('debug');
  await config.close();
  await config[Symbol.asyncDispose]();
  await expect(config.set('level', 'info')).rejects.toMatchObject({ code: 'closed', retryable: false });
  await expect(config.unset('level')).rejects.toMatchObject({ code: 'closed' });
  expect(() => config.explain('level')).toThrow(expect.objectContaining({ code: 'closed' }));
});
