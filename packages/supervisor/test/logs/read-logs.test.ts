import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manualClock, temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createLogFiles } from '../../src/logs/log-files.js';
import { formatLogLine } from '../../src/logs/log-line.js';
import { readLogs } from '../../src/logs/read-logs.js';
import type { LogLine } from '../../src/types.js';

const line = (server: string, atMs: number, text = `${server} ${atMs}`): LogLine => ({
  atMs,
  server,
  instance: 1,
  level: 'info',
  text,
  fields: null,
});
const logger = { debug() {}, info() {}, warn() {}, error() {} };

describe('readLogs', () => {
  it('merges the last lines of all servers by time', async () => {
    await using folder = await temporaryFolder();
    const logFolder = folder.path;
    await writeFile(join(logFolder, 'a.log'), [1, 3, 5].map((atMs) => formatLogLine(line('a', atMs))).join(''));
    await writeFile(join(logFolder, 'b.log'), [2, 4].map((atMs) => formatLogLine(line('b', atMs))).join(''));
    await writeFile(join(logFolder, 'other.txt'), 'not a log');
    const read = async (options: object) =>
      (await readLogs({ logFolder, lines: 100, ...options })).map(({ text }) => text);
    expect(await read({})).toEqual(['a 1', 'b 2', 'a 3', 'b 4', 'a 5']);
    expect(await read({ lines: 2 })).toEqual(['b 4', 'a 5']);
    expect(await read({ lines: 0 })).toEqual([]);
    expect(await read({ sinceMs: 4 })).toEqual(['b 4', 'a 5']);
    expect(await read({ servers: ['a'], lines: 2 })).toEqual(['a 3', 'a 5']);
    expect(await read({ servers: ['none'] })).toEqual([]);
  });

  it('reads backwards over blocks, long lines, broken lines and rotated files', async () => {
    await using folder = await temporaryFolder();
    const logFolder = folder.path;
    const long = 'ä'.repeat(60_000);
    await writeFile(join(logFolder, 'a.2.log'), formatLogLine(line('a', 1, 'oldest')));
    await writeFile(join(logFolder, 'a.1.log'), `torn\n${formatLogLine(line('a', 2, long))}{"also":`);
    for (let atMs = 3; atMs <= 2_002; atMs++)
      await appendFile(join(logFolder, 'a.log'), formatLogLine(line('a', atMs)));
    const all = await readLogs({ logFolder, lines: 5_000 });
    expect(all.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 2_002 }, (_, index) => index + 1));
    expect(all[1]?.text).toBe(long);
    expect((await readLogs({ logFolder, lines: 3 })).map(({ atMs }) => atMs)).toEqual([2_000, 2_001, 2_002]);
  });

  it('has nothing to say of a folder that does not exist, and fails on one that is a file', async () => {
    await using folder = await temporaryFolder();
    expect(await readLogs({ logFolder: join(folder.path, 'none'), lines: 5 })).toEqual([]);
    await writeFile(join(folder.path, 'file'), '');
    await expect(readLogs({ logFolder: join(folder.path, 'file'), lines: 5 })).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
  });

  it('stops when its signal aborts', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(readLogs({ logFolder: '/', lines: 5, signal })).rejects.toThrow('enough');
  });
});

describe('the log files', () => {
  it('rotate between two lines and keep five', async () => {
    await using folder = await temporaryFolder();
    const files = createLogFiles({ folder: folder.path, maxBytes: 2_000, maxFiles: 5, clock: manualClock(), logger });
    for (let atMs = 1; atMs <= 300; atMs++) files.write(line('a', atMs));
    await files.close();
    await files.close();
    const names = (await readdir(folder.path)).sort();
    expect(names).toEqual(['a.1.log', 'a.2.log', 'a.3.log', 'a.4.log', 'a.log']);
    for (const name of names) {
      expect((await stat(join(folder.path, name))).mode & 0o777).toBe(0o600);
      const text = await readFile(join(folder.path, name), 'utf8');
      for (const written of text.split('\n').filter(Boolean)) expect(() => JSON.parse(written)).not.toThrow();
    }
    const read = await readLogs({ logFolder: folder.path, lines: 1_000 });
    expect(read.at(-1)?.atMs).toBe(300);
    expect(read.map(({ atMs }) => atMs)).toEqual(read.map((_, index) => 301 - read.length + index));
  });

  it('pause after a failure, then go on and say how much is missing', async () => {
    await using folder = await temporaryFolder();
    const clock = manualClock();
    const failures: string[] = [];
    const failing = { ...logger, error: (_: object, message: string) => void failures.push(message) };
    await mkdir(join(folder.path, 'a.log'));
    const files = createLogFiles({ folder: folder.path, maxBytes: 2_000, maxFiles: 5, clock, logger: failing });
    files.write(line('a', 1));
    await until('the failure is reported', () => failures.length === 1);
    files.write(line('a', 2));
    files.write(line('a', 3));
    await rm(join(folder.path, 'a.log'), { recursive: true });
    await clock.advance(10_000);
    files.write(line('a', 4));
    await files.close();
    const read = await readLogs({ logFolder: folder.path, lines: 10 });
    expect(read.map(({ text }) => text)).toEqual(['2 lines were not logged', 'a 4']);
  });

  it('drop lines rather than fill the memory when the disk is slow', async () => {
    await using folder = await temporaryFolder();
    const files = createLogFiles({
      folder: folder.path,
      maxBytes: 100_000_000,
      maxFiles: 2,
      clock: manualClock(),
      logger,
    });
    for (let count = 0; count < 100; count++) files.write(line('a', count, 'x'.repeat(60_000)));
    await files.close();
    expect((await readLogs({ logFolder: folder.path, lines: 1_000 })).length).toBeLessThan(80);
  });
});
