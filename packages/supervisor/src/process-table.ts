/** Reads of /proc; where there is none every answer is `null` or empty. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What tells a process from a later one with the same id. */
export interface ProcessIdentity {
  /** Start, in clock ticks since boot. */
  readonly startTicks: string;
  /** Path of the program. */
  readonly executable: string;
}

export interface ProcessEntry extends ProcessIdentity {
  /** `Z`: dead, but not yet collected by its parent. */
  readonly state: string;
  readonly groupId: number;
}

/** The process as it is now, `null` if there is none or it cannot be seen. */
export function readProcess(pid: number): ProcessEntry | null {
  try {
    // The name in parentheses may itself hold spaces and parentheses; the fields start after the last one.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state, groupId, startTicks] = [fields[0], fields[2], fields[19]];
    if (!state || !groupId || !startTicks) return null;
    return { state, groupId: Number(groupId), startTicks, executable: readExecutable(pid) };
  } catch {
    return null;
  }
}

/** Whether the process has ended; one that only waits to be collected counts as ended. */
export function hasEnded(pid: number): boolean {
  const entry = readProcess(pid);
  return entry === null || entry.state === 'Z';
}

/** Id of this boot of the machine: process ids and start ticks mean nothing in another. */
export function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/** Command line, cut to 200 characters. */
export function readCommand(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim().slice(0, 200) || null;
  } catch {
    return null;
  }
}

/** Ids of all processes that can be seen. */
export function listProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function readExecutable(pid: number): string {
  try {
    // An update of the program leaves the mark behind while the old one runs.
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return '';
  }
}
