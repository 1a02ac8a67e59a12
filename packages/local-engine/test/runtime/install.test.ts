import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { installRuntime } from '../../src/index.js';
import { importRuntime } from '../../src/runner/child/runtime.js';
import { installArguments, platformPackage, platformPackages } from '../../src/runtime/platform.js';

const npm = [process.execPath, fileURLToPath(new URL('../fixtures/fake-npm.mjs', import.meta.url))];

describe('installation of the runtime', () => {
  it('runs npm without scripts and optional packages, once', async () => {
    await using folder = await temporaryFolder();
    const environment = { ...process.env, FAKE_LOG: join(folder.path, 'log') };
    const options = { dataDir: join(folder.path, 'data'), npm, environment };
    const progress: string[] = [];
    const first = await installRuntime({ ...options, onProgress: ({ phase }) => progress.push(phase) });
    expect(first).toEqual({ directory: join(folder.path, 'data', 'runtime'), version: '3.22.1', isNew: true });
    expect(await installRuntime(options)).toEqual({ ...first, isNew: false });
    expect(progress.at(-1)).toBe('install');
    const log = (await readFile(join(folder.path, 'log'), 'utf8')).trim().split('\n');
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('--omit=optional --ignore-scripts --no-save');
    expect(log[0]).toContain('node-llama-cpp@3.22.1');
    expect(await readdir(join(folder.path, 'data'))).toEqual(['runtime']);
    expect(await importRuntime(first.directory)).toMatchObject({ fake: true });
    const installed = join(first.directory, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
    expect((await stat(installed)).mode & 0o077).toBe(0);
  });

  it('is done once for two that ask at the same moment', async () => {
    await using folder = await temporaryFolder();
    const environment = { ...process.env, FAKE_LOG: join(folder.path, 'log') };
    const both = await Promise.all([1, 2].map(() => installRuntime({ dataDir: folder.path, npm, environment })));
    expect(both.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
  });

  it('says what to do when npm fails, and leaves nothing half done', async () => {
    await using folder = await temporaryFolder();
    const environment = { ...process.env, FAKE_MODE: 'ENOTFOUND' };
    const installing = installRuntime({ dataDir: folder.path, npm, environment });
    await expect(installing).rejects.toMatchObject({ code: 'runtime-install-failed', retryable: true });
    await expect(installing).rejects.toThrow('npm install --omit=optional');
    expect(await readdir(folder.path)).toEqual([]);
    const missing = installRuntime({ dataDir: folder.path, npm: [join(folder.path, 'no-npm')] });
    await expect(missing).rejects.toMatchObject({ code: 'runtime-install-failed' });
  });

  it('takes no folder for a runtime that does not hold this version of it', async () => {
    await using folder = await temporaryFolder();
    const environment = { ...process.env, FAKE_MODE: 'empty' };
    const installing = installRuntime({ dataDir: folder.path, npm, environment });
    await expect(installing).rejects.toMatchObject({ code: 'runtime-install-failed' });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('ends npm when it is aborted', async () => {
    await using folder = await temporaryFolder();
    const stopped = new AbortController();
    const environment = { ...process.env, FAKE_MODE: 'hang', FAKE_LOG: join(folder.path, 'log') };
    const installing = installRuntime({ dataDir: join(folder.path, 'data'), npm, environment, signal: stopped.signal });
    installing.catch(() => {});
    await until('npm runs', () => readFile(join(folder.path, 'log'), 'utf8').catch(() => null));
    stopped.abort(new Error('enough'));
    await expect(installing).rejects.toThrow('enough');
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });

  it('knows the package of each platform', () => {
    expect(platformPackage('linux', 'x64')).toBe('@node-llama-cpp/linux-x64');
    expect(platformPackage('darwin', 'arm64')).toBe('@node-llama-cpp/mac-arm64-metal');
    expect(platformPackage('win32', 'x64')).toBe('@node-llama-cpp/win-x64');
    expect(platformPackage('aix', 'ppc64')).toBeNull();
    expect(installArguments('aix', 'ppc64').join(' ')).not.toContain('@node-llama-cpp');
  });

  it.each<[string, string, 'cuda' | 'vulkan' | null, string[] | null]>([
    ['linux', 'x64', null, ['linux-x64']],
    ['linux', 'x64', 'cuda', ['linux-x64', 'linux-x64-cuda', 'linux-x64-cuda-ext']],
    ['win32', 'x64', 'cuda', ['win-x64', 'win-x64-cuda', 'win-x64-cuda-ext']],
    ['linux', 'x64', 'vulkan', ['linux-x64', 'linux-x64-vulkan']],
    ['win32', 'x64', 'vulkan', ['win-x64', 'win-x64-vulkan']],
    ['linux', 'arm64', 'cuda', null],
    ['darwin', 'x64', 'vulkan', null],
    ['darwin', 'arm64', null, ['mac-arm64-metal']],
    ['aix', 'ppc64', null, null],
  ])('knows the packages of %s-%s for the GPU %s', (platform, architecture, gpu, names) => {
    expect(platformPackages(platform, architecture, gpu)).toEqual(
      names?.map((name) => `@node-llama-cpp/${name}`) ?? null,
    );
  });

  it.skipIf(platformPackages(process.platform, process.arch, 'cuda') === null)(
    'adds the binaries of a GPU to a runtime that has none, and keeps them',
    async () => {
      await using folder = await temporaryFolder();
      const environment = { ...process.env, FAKE_LOG: join(folder.path, 'log') };
      const options = { dataDir: join(folder.path, 'data'), npm, environment };
      expect((await installRuntime(options)).isNew).toBe(true);
      const sizes: number[] = [];
      const added = await installRuntime({ ...options, gpu: 'cuda', onProgress: (now) => sizes.push(now.totalBytes) });
      expect(added.isNew).toBe(true);
      expect(sizes.at(-1)).toBeGreaterThan(90_000_000);
      const log = (await readFile(join(folder.path, 'log'), 'utf8')).trim().split('\n');
      expect(log[0]).not.toContain('cuda');
      expect(log[1]).toMatch(/x64-cuda@3\.22\.1 .*x64-cuda-ext@3\.22\.1/);
      expect((await installRuntime({ ...options, gpu: 'cuda' })).isNew).toBe(false);
      expect((await installRuntime(options)).isNew).toBe(false);
    },
  );
});

describe('import of the runtime', () => {
  it('falls back to the project, and names the command where there is none', async () => {
    expect(await importRuntime('/nowhere', 'node:path')).toHaveProperty('join');
    await expect(importRuntime('/nowhere', 'no-such-package')).rejects.toMatchObject({
      code: 'runtime-missing',
      message: expect.stringContaining('--prefix /nowhere'),
    });
  });
});
