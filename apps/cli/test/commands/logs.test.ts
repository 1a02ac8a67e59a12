import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logs } from '../../src/commands/logs.js';
import { createHome } from '../support/home.js';
import { createTestContext } from '../support/streams.js';

const atMs = new Date('2027-01-31T14:02:11.345').getTime();
const line = (server: string, level: string, text: string, more: object = {}) =>
  JSON.stringify({ atMs, server, instance: 1, level, text, fields: null, ...more });

async function home() {
  const made = await createHome();
  const folder = join(made.folders.state, 'logs');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'gateway.log'),
    `${line('gateway', 'warn', 'slow\u001B[2J', { fields: { taskId: '01KBAAAAAAAAAAAAAAAA7Q2F9K' } })}\nnot a line\n`,
  );
  await writeFile(
    join(folder, 'execution.log'),
    `${line('execution', 'info', 'first', { atMs: atMs - 5_000 })}\n${line('execution', 'fatal', 'last', { atMs: atMs + 1, instance: 2 })}\n`,
  );
  return made;
}

describe('tale logs', () => {
  it('merges the lines of all servers by time, sanitised', async () => {
    await using stopped = await home();
    const { context, out } = createTestContext(stopped);
    await logs(context, {});
    expect(out()).toBe(
      '14:02:06.345 execution info first\n14:02:11.345 gateway warn 7Q2F9K slow\n14:02:11.346 execution-2 fatal last\n',
    );
  });

  it('chooses by server, level, time and number', async () => {
    await using stopped = await home();
    const shown = async (options: object) => {
      const { context, out } = createTestContext(stopped);
      await logs(context, options);
      return out()
        .split('\n')
        .slice(0, -1)
        .map((text) => text.split(' ').at(-1));
    };
    expect(await shown({ server: 'gateway' })).toEqual(['slow']);
    expect(await shown({ level: 'warn' })).toEqual(['slow', 'last']);
    expect(await shown({ level: 'warn', lines: '1' })).toEqual(['last']);
    expect(await shown({ since: '2027-01-31T14:02:10' })).toEqual(['slow', 'last']);
    expect(await shown({ lines: '2' })).toEqual(['slow', 'last']);
  });

  it('prints tale.logs/1', async () => {
    await using stopped = await home();
    const { context, document } = createTestContext(stopped, { json: true });
    await logs(context, { server: 'gateway' });
    expect(document()).toMatchObject({
      schema: 'tale.logs/1',
      lines: [{ at: new Date(atMs).toISOString(), server: 'gateway', text: 'slow\u001B[2J' }],
    });
  });

  it('gives the reason of a line that carries an error', async () => {
    await using stopped = await createHome();
    const folder = join(stopped.folders.state, 'logs');
    await mkdir(folder, { recursive: true });
    const failed = (error: unknown) => line('gateway', 'error', 'a request failed', { fields: { error } });
    const errors = [
      { message: 'no space\nis left', code: 'disk-full' },
      { message: 'a request failed', code: 'x' },
      'text',
      {},
    ];
    await writeFile(join(folder, 'gateway.log'), `${errors.map(failed).join('\n')}\n`);
    const { context, out } = createTestContext(stopped);
    await logs(context, {});
    expect(out().replaceAll('14:02:11.345 gateway error ', '')).toBe(
      'a request failed (disk-full: no space is left)\na request failed (x)\na request failed (text)\na request failed\n',
    );
  });

  it('names the servers where an unknown one is asked for', async () => {
    await using empty = await createHome();
    await expect(logs(createTestContext(empty).context, { server: 'foo' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('gateway, execution, models, ux-agent, local-engine'),
    });
  });

  it('says that there are none, and refuses unknown levels', async () => {
    await using empty = await createHome();
    const { context, err } = createTestContext(empty);
    await logs(context, {});
    expect(err()).toBe('no lines\n');
    await expect(logs(context, { level: 'loud' })).rejects.toMatchObject({ exitCode: 2 });
  });
});
