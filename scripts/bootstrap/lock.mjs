import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, say } from './process.mjs';

const lockFile = join(root, '.tools', 'bootstrap.lock');

/**
 * Runs `work` while no other start of this folder does; says so when it has to wait. The holder touches the file while it works: a
 * file of a process that is gone is taken over at once, one that nobody has touched for `staleMs` of waiting as well, because its
 * process id may belong to another program by now.
 */
export async function withLock(work, { file = lockFile, staleMs = 20_000, pollMs = 200, onWait = sayWaiting } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const watch = watchHolder(file, staleMs);
  for (let waited = false; !take(file, watch); waited = true) {
    if (!waited) onWait();
    await sleep(pollMs);
  }
  const beat = setInterval(() => touch(file), staleMs / 10);
  beat.unref();
  const release = () => removeIf(file, String(process.pid));
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

function sayWaiting() {
  say('another start is installing or building; waiting for it…');
}

function take(file, watch) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const abandoned = watch();
  if (abandoned !== null) removeIf(file, abandoned);
  return false;
}

/** Reads the lock each time it is called: the content of a file that was abandoned, else `null`. */
function watchHolder(file, staleMs) {
  let seen = { touchedMs: Number.NaN, sinceMs: 0 };
  return () => {
    try {
      const content = readFileSync(file, 'utf8');
      const touchedMs = statSync(file).mtimeMs;
      const nowMs = performance.now();
      if (touchedMs !== seen.touchedMs) seen = { touchedMs, sinceMs: nowMs };
      // An empty file was made a moment ago, or by a process that died in that moment.
      const isGone = content !== '' && !isAlive(Number(content));
      return isGone || nowMs - seen.sinceMs > staleMs ? content : null;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      return null;
    }
  };
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Somebody removed the file; whoever takes it now does the same work once more.
  }
}

/** Removes the file if it has this content. It is moved aside first; the file of somebody who was quicker is put back. */
function removeIf(file, content) {
  const aside = `${file}.${process.pid}`;
  try {
    if (readFileSync(file, 'utf8') !== content) return;
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') === content) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
