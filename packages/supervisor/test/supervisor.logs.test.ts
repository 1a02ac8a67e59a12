import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { readLogs } from '../src/index.js';
import { act, server, statusOf, supervise, token } from './servers.js';

describe('logs of the servers', () => {
  it('holds what a killed child printed last, half a line included', async () => {
    await using running = await supervise([server('one', { stdout: 'started\n{"level":30,"msg":"half a li' })]);
    await running.supervisor.start();
    process.kill(statusOf(running.supervisor, 'one').pid ?? 0, 'SIGKILL');
    await until('it is restarted', () => statusOf(running.supervisor, 'one').restarts === 1);
    const { lastExit } = statusOf(running.supervisor, 'one');
    expect(lastExit?.lastLines).toEqual(['started', '{"level":30,"msg":"half a li']);
    const logFolder = join(running.folder, 'logs');
    await until('it is written', async () => (await readLogs({ logFolder, lines: 10 })).length >= 2);
    expect((await stat(join(logFolder, 'one.log'))).mode & 0o777).toBe(0o600);
    expect((await stat(logFolder)).mode & 0o777).toBe(0o700);
  });

  it('makes one fatal line of the stack trace of a crash, and an error of other text on stderr', async () => {
    await using running = await supervise([server('one')]);
    await running.supervisor.start();
    await act(statusOf(running.supervisor, 'one'), '/print?text=careful');
    await until('it is gathered', async () => {
      const lines = await readLogs({ logFolder: join(running.folder, 'logs'), lines: 10 });
      return lines.some(({ level, text }) => level === 'error' && text === 'careful');
    });
    await act(statusOf(running.supervisor, 'one'), '/crash');
    await until('it is restarted', () => statusOf(running.supervisor, 'one').restarts === 1);
    await running.supervisor.close();
    const [fatal] = (await readLogs({ logFolder: join(running.folder, 'logs'), lines: 10 })).filter(
      ({ level }) => level === 'fatal',
    );
    expect(fatal?.text).toMatch(/Error: the test server crashed\n\s+at /);
  });

  it('SUPERVISOR-5: cuts the token out, wherever a server prints it', async () => {
    const printed = `text ${token}\n{"level":"info","msg":"${token}","url":"/?token=${token}"}\n`;
    await using running = await supervise([server('one', { stdout: printed, stderr: printed })]);
    const events: string[] = [];
    running.supervisor.events.on('log-line', (line) => events.push(JSON.stringify(line)));
    await running.supervisor.start();
    await running.supervisor.close();
    const written = await readFile(join(running.folder, 'logs', 'one.log'), 'utf8');
    expect(events.length).toBeGreaterThanOrEqual(4);
    expect(written).toContain('[redacted]');
    expect(`${written}${events}`).not.toContain(token);
  });

  it('goes on without logs where they cannot be written', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'logs', 'one.log'), { recursive: true });
    const logged: string[] = [];
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (_: object, message: string) => void logged.push(message),
    };
    await using running = await supervise([server('one', { stdout: 'lost\n' })], { logger }, folder);
    expect(await running.supervisor.start()).toMatchObject([{ state: 'ready' }]);
    await until('it is said', () => logged.some((message) => message.includes('log')));
    await act(statusOf(running.supervisor, 'one'), '/print?text=lost%20too');
    await running.supervisor.close();
  });

  it('rejects the start where the folder of the logs is a file, and gives the lock back', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'logs'), '');
    await using running = await supervise([server('one')], {}, folder);
    await expect(running.supervisor.start()).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(running.supervisor.start()).rejects.toMatchObject({ code: 'EEXIST' });
  });
});
