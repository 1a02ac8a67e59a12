import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, until } from '@tale/test-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import { createPidRecord, sweepOrphans } from '../src/orphans.js';
import { hasEnded, readBootId, readProcess } from '../src/process-table.js';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
function sleeper(...command: [string, ...string[]]): number {
  const [program, ...rest] = command.length > 1 ? command : ['sleep', '60'];
  const child = spawn(program ?? '', rest, { detached: true, stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}

describe('the sweep', () => {
  it('ends recorded processes', async () => {
    await using folder = await temporaryFolder();
    const record = createPidRecord(folder.path);
    const [left, removed] = [sleeper('sleep', '60'), sleeper('sleep', '60')];
    record.add(left, 'one', 1);
    record.add(removed, 'two', 1);
    record.remove(removed);
    record.remove(removed);
    expect((await stat(join(folder.path, 'pids.json'))).mode & 0o777).toBe(0o600);
    expect(await sweepOrphans(folder.path, systemClock, logger)).toEqual([left]);
    await until('it ended', () => hasEnded(left));
    expect(hasEnded(removed)).toBe(false);
    expect(await sweepOrphans(folder.path, systemClock, logger)).toEqual([]);
  });

  it('kills one that ignores SIGTERM', async () => {
    await using folder = await temporaryFolder();
    const deaf = sleeper(process.execPath, '-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)');
    await until('it listens', async () =>
      (await readFile(`/proc/${deaf}/status`, 'utf8')).match(/SigCgt:.*[4-7c-f]\d{3}$/m),
    );
    createPidRecord(folder.path).add(deaf, 'one', 1);
    await sweepOrphans(folder.path, systemClock, logger);
    await until('it ended', () => hasEnded(deaf));
  });

  const changes = {
    'another start time': { startTicks: '1' },
    'another program': { executable: '/usr/bin/other' },
    'a program that is not known': { executable: '' },
    'a number that is no id': { pid: -1 },
    'the id of init': { pid: 1 },
  };
  it.each(Object.entries(changes))('SUPERVISOR-3: never touches a process of %s', async (_, change) => {
    await using folder = await temporaryFolder();
    const pid = sleeper('sleep', '60');
    const entry = { pid, server: 'one', instance: 1, ...readProcess(pid), ...change };
    await writePids(folder.path, { bootId: readBootId(), processes: [entry] });
    expect(await sweepOrphans(folder.path, systemClock, logger)).toEqual([]);
    expect(hasEnded(pid)).toBe(false);
  });

  it('SUPERVISOR-3: never touches what an earlier boot has recorded', async () => {
    await using folder = await temporaryFolder();
    const pid = sleeper('sleep', '60');
    await writePids(folder.path, { bootId: 'other', processes: [{ pid, ...readProcess(pid) }] });
    expect(await sweepOrphans(folder.path, systemClock, logger)).toEqual([]);
    expect(hasEnded(pid)).toBe(false);
  });

  it.each(['', '{', 'null', '{"processes":7}', '{"bootId":"x","processes":[null, 7]}'])(
    'does nothing with %j for a record',
    async (text) => {
      await using folder = await temporaryFolder();
      await writeFile(join(folder.path, 'pids.json'), text, { mode: 0o600 });
      expect(await sweepOrphans(folder.path, systemClock, logger)).toEqual([]);
    },
  );

  it('does nothing without a record, and refuses one that is a link', async () => {
    await using folder = await temporaryFolder();
    expect(await sweepOrphans(folder.path, systemClock, logger)).toEqual([]);
    await symlink('/etc/hostname', join(folder.path, 'pids.json'));
    await expect(sweepOrphans(folder.path, systemClock, logger)).rejects.toMatchObject({ code: 'runtime-file-unsafe' });
  });
});

function writePids(folder: string, content: object): Promise<void> {
  return writeFile(join(folder, 'pids.json'), JSON.stringify(content), { mode: 0o600 });
}
