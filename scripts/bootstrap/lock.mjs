import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, say } from './process.mjs';

const file = join(root, '.tools', 'bootstrap.lock');

/** Runs `work` while no other bootstrap of this folder does; says so when it has to wait. */
export async function withLock(work) {
  mkdirSync(join(root, '.tools'), { recursive: true });
  for (let waited = false; !take(); waited = true) {
    if (!waited) say('another start is installing or building; waiting for it…');
    await sleep(200);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = readHolder();
  if (holder !== null && !isAlive(holder)) removeStale(holder);
  return false;
}

/** Pid in the lock file; `null` while it is unknown (just made, or just gone). */
function readHolder() {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid > 0) return pid;
    return Date.now() - statSync(file).mtimeMs > 5_000 ? -1 : null;
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    if (pid < 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Moves the dead holder's file away. A file that another start has made in between is put back. */
function removeStale(holder) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    const moved = Number(readFileSync(aside, 'utf8'));
    if (moved > 0 && moved !== holder) renameSync(aside, file);
    else rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
