import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';

/** The program `local-engine` in a process of its own. */
function start(dataDir: string, argumentList: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const all = [...argumentList, '--data-dir', dataDir, '--runner', inject('runnerEntry')];
  const child = spawn(process.execPath, [inject('commandEntry'), ...all], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [text] = await once(child.stdout!, 'data');
  return String(text).trim();
}

/** Exit code, or the signal that ended it, and everything that it said. */
async function ended(child: ChildProcess) {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.on('data', (text) => {
      said[name] += String(text);
    });
  }
  const [code, signal] = await once(child, 'close');
  return { end: code ?? signal, ...said };
}

describe('the program', () => {
  it('ENGINE-11: refuses a data directory that another process serves, and takes it when that one was killed', async () => {
    await using folder = await temporaryFolder();
    const first = start(folder.path, ['serve', '--port', '0', '--json']);
    const { pid, dataDir } = JSON.parse(await firstLine(first));
    expect({ pid, dataDir }).toEqual({ pid: first.pid, dataDir: folder.path });
    const refused = await ended(start(folder.path, ['serve', '--port', '0', '--json']));
    expect(refused.end).toBe(5);
    expect(JSON.parse(refused.stdout).error).toMatchObject({ code: 'data-directory-locked', retryable: true });
    expect(JSON.parse(refused.stdout).error.message).toContain(String(first.pid));
    first.kill('SIGKILL');
    await once(first, 'close');
    const second = start(folder.path, ['serve', '--port', '0']);
    expect(await firstLine(second)).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
    second.kill('SIGTERM');
    expect((await ended(second)).end).toBe(0);
    expect(await readdir(folder.path)).not.toContain('engine.lock');
  });

  it('one of two that start at the same moment on a directory of a dead process serves', async () => {
    await using folder = await temporaryFolder();
    const dead = start(folder.path, ['serve', '--port', '0']);
    await firstLine(dead);
    dead.kill('SIGKILL');
    await once(dead, 'close');
    const both = [1, 2].map(() => start(folder.path, ['serve', '--port', '0']));
    const ends = both.map(ended);
    expect((await Promise.race(ends)).end).toBe(5);
    const living = both.filter(({ exitCode }) => exitCode === null);
    expect(living).toHaveLength(1);
    living[0]!.kill('SIGINT');
    expect((await Promise.all(ends)).map(({ end }) => end).sort()).toEqual([0, 5]);
  });

  it('takes its token from the environment, and answers nobody without it', async () => {
    await using folder = await temporaryFolder();
    const server = start(folder.path, ['serve', '--port', '0', '--json'], { TALE_LOCAL_ENGINE_TOKEN: 'secret' });
    const { url } = JSON.parse(await firstLine(server));
    expect((await fetch(`${url}/api/tags`)).status).toBe(401);
    expect((await fetch(`${url}/api/tags`, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    server.kill('SIGTERM');
    expect((await ended(server)).end).toBe(0);
  });

  it('ends with the code of its failure, and survives a reader that leaves', async () => {
    await using folder = await temporaryFolder();
    const wrong = await ended(start(folder.path, ['serve', '--token', 'secret']));
    expect(wrong).toMatchObject({ end: 2, stdout: '' });
    expect(wrong.stderr).not.toContain('secret');
    const long = start(folder.path, ['list', '--catalog', '--json']);
    long.stdout!.destroy();
    expect((await ended(long)).stderr).not.toContain('EPIPE');
    expect(await ended(start(join(folder.path, 'nothing'), ['list', '--json']))).toMatchObject({
      ...{ end: 0, stdout: '{"schema":"tale.engine-list/1","models":[]}\n' },
    });
  });
});
