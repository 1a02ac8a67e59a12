import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { findNpm } from '../../src/sources/npm-client.js';

async function file(path: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '');
  await chmod(path, 0o755);
  return path;
}

describe('npm', () => {
  it('is the one that started this process, but no other package manager', async () => {
    await using folder = await temporaryFolder();
    const execPath = await file(join(folder.path, 'bin', 'node'));
    const cli = await file(join(folder.path, 'npm-cli.js'));
    const pnpm = await file(join(folder.path, 'pnpm.cjs'));
    expect(findNpm({ execPath, environment: { npm_execpath: cli } })).toEqual([execPath, cli]);
    expect(findNpm({ execPath, environment: { npm_execpath: pnpm } })).toBeNull();
  });

  it('is found beside node, also when node is a link into another folder', async () => {
    await using folder = await temporaryFolder();
    const node = await file(join(folder.path, 'real', 'bin', 'node'));
    const cli = await file(join(folder.path, 'real', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'));
    const link = join(folder.path, 'node');
    await symlink(node, link);
    expect(findNpm({ execPath: link, environment: {} })).toEqual([link, cli]);
  });

  it('is found on the PATH: run by node where it is a script of node, else as it is', async () => {
    await using folder = await temporaryFolder();
    const execPath = join(folder.path, 'nowhere', 'node');
    const cli = await file(join(folder.path, 'lib', 'npm-cli.js'));
    await mkdir(join(folder.path, 'bin'));
    await symlink(cli, join(folder.path, 'bin', 'npm'));
    expect(findNpm({ execPath, environment: { PATH: `/nowhere:${join(folder.path, 'bin')}` } })).toEqual([
      execPath,
      cli,
    ]);
    const shim = await file(join(folder.path, 'shims', 'npm'));
    expect(findNpm({ execPath, environment: { PATH: join(folder.path, 'shims') } })).toEqual([shim]);
    expect(findNpm({ execPath, environment: {} })).toBeNull();
  });
});
