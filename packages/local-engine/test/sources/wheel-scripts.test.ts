import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { pipScript, printScript } from '../../src/sources/wheel-scripts.js';
import { wheel } from '../fixtures/wheel.js';

const run = (script: string, argumentList: readonly string[], folder: string) =>
  spawnSync('python3', ['-c', script, ...argumentList], { cwd: folder, env: { ...process.env, PYTHONPATH: folder } });
const hasPython = run('', [], '/').status === 0;
if (!hasPython) it.skip('NOT RUN: python3 is not installed here', () => {});

describe.skipIf(!hasPython)('wheels on their way', () => {
  /** A pip that copies its first argument to its second one, as it does with the wheel that it has fetched. */
  const copyingPip = async (folder: string) => {
    await mkdir(join(folder, 'pip'));
    await writeFile(join(folder, 'pip', '__init__.py'), '');
    await writeFile(
      join(folder, 'pip', '__main__.py'),
      'import shutil,sys\nassert __name__ == "__main__"\nshutil.copy(*sys.argv[1:3])\nprint(*sys.argv[1:])\n',
    );
    await writeFile(join(folder, 'fetched'), 'content');
  };

  it('are on the disk once when pip has put them into their place', async () => {
    await using folder = await temporaryFolder();
    await copyingPip(folder.path);
    expect(String(run(pipScript, ['fetched', 'target', '--more'], folder.path).stdout)).toBe('fetched target --more\n');
    expect(await readFile(join(folder.path, 'target'), 'utf8')).toBe('content');
    expect((await stat(join(folder.path, 'target'))).nlink).toBe(2);
  });

  it('are copied where they cannot have a second name', async () => {
    await using folder = await temporaryFolder();
    await copyingPip(folder.path);
    await mkdir(join(folder.path, 'target')); // a link would need its name too
    expect(run(pipScript, ['fetched', 'target'], folder.path).status).toBe(0);
    expect(await readFile(join(folder.path, 'target', 'fetched'), 'utf8')).toBe('content');
  });

  it('end as pip ends, and say so where there is none', async () => {
    await using folder = await temporaryFolder();
    await copyingPip(folder.path);
    const failed = run(pipScript, ['missing', 'target'], folder.path);
    expect(failed.status).not.toBe(0);
    expect(String(failed.stderr)).toContain('missing');
    await writeFile(join(folder.path, 'pip', '__main__.py'), 'raise ImportError("No module named pip")');
    expect(String(run(pipScript, [], folder.path).stderr)).toMatch(/No module named '?pip/);
  });

  it('are gone when their file is printed, and give no other', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x-1.0.whl');
    const content = Buffer.alloc(300_000, 'model');
    await writeFile(path, wheel('x', { 'x/data.bin': content }));
    const { stdout, status } = run(printScript, [path, 'x/data.bin'], folder.path);
    expect(status).toBe(0);
    expect(stdout.equals(content)).toBe(true);
    expect(existsSync(path)).toBe(false);
    await writeFile(path, wheel('x', { 'x/data.bin': content }));
    const other = run(printScript, [path, 'x/other.bin'], folder.path);
    expect(other.status).not.toBe(0);
    expect(String(other.stderr)).toContain('x/other.bin');
  });
});
