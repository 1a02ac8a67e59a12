import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process with this id runs; one that has ended and waits for its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    // "pid (name) state …"; the name may hold anything, also parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const hasEnded = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z';
    // Its files and their locks stay open until the last of its threads has ended as well.
    return hasEnded && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true; // gone between the two looks
  }
}
