import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { list } from '../../src/commands/list.js';
import { logs } from '../../src/commands/logs.js';
import { stopServers } from '../../src/commands/servers-stop.js';
import { status } from '../../src/commands/status.js';
import { tokens } from '../../src/commands/tokens.js';
import { inspectRuntime } from '../../src/gateway/runtime.js';
import { createHome } from '../support/home.js';
import { createTestContext } from '../support/streams.js';

const damaged = ['', '{"format":"tale.run', '{"format":"tale.runtime/2","servers":{}}', 'null'];

describe('a runtime file that is damaged or of a newer version', () => {
  it.each(damaged)('counts as none: %j', async (text) => {
    await using home = await createHome();
    await writeFile(join(home.folders.data, 'runtime.json'), text, { mode: 0o600 });
    expect(inspectRuntime(home.folders.data)).toEqual({ runtime: null, isDamaged: true });
    const read = createTestContext(home);
    await list(read.context, {});
    expect(read.err()).toBe('servers are down and nothing is stored yet; tale submit starts them\nno tasks\n');
    const stop = createTestContext(home);
    await stopServers(stop.context);
    expect(stop.out()).toBe('servers were not running\n');
  });
});

describe('a runtime file that is not safe', () => {
  it.each([
    ['a link', async (path: string) => symlink('/etc/hostname', path), 'it is a link', /^rm '.*runtime\.json'$/],
    ['a folder', async (path: string) => mkdir(path), 'it is a folder', /^rm -r '/],
    [
      'open to others',
      async (path: string) => {
        await writeFile(path, '{}');
        await chmod(path, 0o644);
      },
      'others may read or write it',
      /^chmod 600 '/,
    ],
  ])('is refused with a command that mends it: %s', async (_name, make, why, command) => {
    await using home = await createHome();
    const path = join(home.folders.data, 'runtime.json');
    await make(path);
    const failed = {
      exitCode: 3,
      message: `${path} is not used: ${why}.`,
      envelope: { code: 'runtime-file-unsafe', hint: expect.stringMatching(command) },
    };
    await expect(list(createTestContext(home).context, {})).rejects.toMatchObject(failed);
    await expect(stopServers(createTestContext(home).context)).rejects.toMatchObject(failed);
  });
});

describe('reads of a data folder that cannot be read', () => {
  it.each([
    ['nothing of SQLite', 'x'.repeat(5_000)],
    ['an empty database', ''],
  ])('name the file and the next step: %s', async (_name, text) => {
    await using home = await createHome();
    const path = join(home.folders.data, 'tale.db');
    await writeFile(path, text);
    const failed = {
      exitCode: 5,
      message: expect.stringContaining(path),
      envelope: { code: 'storage-failed', hint: expect.stringContaining('tale servers start') },
    };
    await expect(list(createTestContext(home).context, {})).rejects.toMatchObject(failed);
    await expect(status(createTestContext(home).context, undefined)).rejects.toMatchObject(failed);
    await expect(tokens(createTestContext(home).context, undefined, {})).rejects.toMatchObject(failed);
  });

  it('refuse a folder that a start would refuse', async () => {
    await using home = await createHome();
    await chmod(home.folders.data, 0o777);
    await expect(list(createTestContext(home).context, {})).rejects.toMatchObject({ code: 'unsafe-file' });
    await rm(home.folders.data, { recursive: true });
    await writeFile(home.folders.data, '');
    await expect(list(createTestContext(home).context, {})).rejects.toMatchObject({ code: 'ENOTDIR' });
    await rm(home.folders.state, { recursive: true });
    await writeFile(home.folders.state, '');
    await expect(logs(createTestContext(home).context, {})).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
