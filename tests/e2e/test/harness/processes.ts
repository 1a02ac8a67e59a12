import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process of the system. */
export interface FoundProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly environment: string;
}

/** Whether the system shows its processes as files; elsewhere nothing is found. */
export const canSeeProcesses = existsSync('/proc/self/environ');

/** All processes whose environment mentions `text`; those that have ended and wait for their parent have none. */
export function processesWith(text: string): FoundProcess[] {
  if (!canSeeProcesses) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const found = readProcess(Number(pid));
    return found?.environment.includes(text) ? [found] : [];
  });
}

function readProcess(pid: number): FoundProcess | null {
  try {
    const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1');
    const stat = read('stat');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return { pid, parent, command: read('cmdline').replaceAll('\0', ' ').trim(), environment: read('environ') };
  } catch {
    return null; // ended meanwhile, or another user's
  }
}
