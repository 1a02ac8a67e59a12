import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { databaseLock } from '../../src/supervisor/database-lock.js';

it('is held by one, says by whom, and is free again when that one gives it back', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock.db');
  const release = await databaseLock(file).acquire();
  for (const path of [file, `${file}-journal`, `${file}.pid`]) expect(statSync(path).mode & 0o777, path).toBe(0o600);
  expect(() => databaseLock(file).acquire()).toThrow(
    expect.objectContaining({ code: 'locked', holder: { pid: process.pid, command: null } }),
  );
  await release();
  const again = await databaseLock(file).acquire();
  await again();
});

it('ends with the process that held it, however that dies', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock.db');
  const driver = createRequire(import.meta.url).resolve('better-sqlite3');
  const code = `const D=require(${JSON.stringify(driver)});const d=new D(${JSON.stringify(file)});d.pragma('locking_mode = EXCLUSIVE');d.exec('begin exclusive');console.log('held');setInterval(()=>{},1000)`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect(() => databaseLock(file).acquire()).toThrow(expect.objectContaining({ code: 'locked', holder: null }));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const release = await databaseLock(file).acquire();
  await release();
});

it('begins anew where its file is damaged: it holds no data', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock.db');
  writeFileSync(file, 'no database at all, but something else '.repeat(100), { mode: 0o600 });
  const release = await databaseLock(file).acquire();
  expect(() => databaseLock(file).acquire()).toThrow(expect.objectContaining({ code: 'locked' }));
  await release();
});
