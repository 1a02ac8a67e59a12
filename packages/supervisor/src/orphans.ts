import { join } from 'node:path';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from './private-file.js';
import { hasEnded, type ProcessIdentity, readBootId, readProcess } from './process-table.js';
import type { Clock, Logger } from './types.js';

interface RecordedProcess extends ProcessIdentity {
  readonly pid: number;
  readonly server: string;
  readonly instance: number;
}

interface PidsFile {
  readonly bootId: string;
  readonly processes: readonly RecordedProcess[];
}

/** The processes of this supervisor, in `<folder>/pids.json`, for the next one in case this one dies. */
export interface PidRecord {
  /** Writes the process down. One that cannot be told from a later one with the same id is left out. */
  add(pid: number, server: string, instance: number): void;
  /** Takes it out again. */
  remove(pid: number): void;
}

const GRACE_MS = 2_000;
const pathIn = (folder: string) => join(folder, 'pids.json');

/** A record that starts empty. */
export function createPidRecord(folder: string): PidRecord {
  const bootId = readBootId();
  let processes: readonly RecordedProcess[] = [];
  const write = (next: readonly RecordedProcess[]) => {
    processes = next;
    if (bootId !== null) writePrivateFile(pathIn(folder), `${JSON.stringify({ bootId, processes })}\n`);
  };
  makePrivateFolder(folder);
  write([]);
  return {
    add(pid, server, instance) {
      const entry = readProcess(pid);
      if (!entry?.executable) return;
      const { startTicks, executable } = entry;
      write([...processes, { pid, server, instance, startTicks, executable }]);
    },
    remove(pid) {
      if (processes.some((recorded) => recorded.pid === pid))
        write(processes.filter((recorded) => recorded.pid !== pid));
    },
  };
}

/**
 * Ends what a supervisor that died has left behind: SIGTERM, after 2 s SIGKILL, to the process groups. A process is touched
 * only if its start time and its program are the recorded ones, so one that got the same id later never is. Resolves with the
 * ids of those it ended.
 */
export async function sweepOrphans(folder: string, clock: Clock, logger: Logger): Promise<readonly number[]> {
  const recorded = readPids(folder);
  if (recorded === null || recorded.bootId !== readBootId()) return [];
  const alive = recorded.processes.filter(isSameProcess);
  for (const orphan of alive) {
    logger.warn({ pid: orphan.pid, server: orphan.server }, 'ending a process that an earlier supervisor left behind');
    signal(orphan.pid, 'SIGTERM');
  }
  const endAtMs = clock.monotonicMs() + GRACE_MS;
  while (alive.some(isSameProcess) && clock.monotonicMs() < endAtMs) await pause(clock, 50);
  for (const orphan of alive) if (isSameProcess(orphan)) signal(orphan.pid, 'SIGKILL');
  return alive.map((orphan) => orphan.pid);
}

/** Whether the id still belongs to the very process that was written down. */
function isSameProcess(recorded: RecordedProcess): boolean {
  const entry = readProcess(recorded.pid);
  return (
    entry !== null &&
    !hasEnded(recorded.pid) &&
    entry.startTicks === recorded.startTicks &&
    entry.executable === recorded.executable
  );
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  const isLeader = readProcess(pid)?.groupId === pid;
  try {
    process.kill(isLeader ? -pid : pid, name);
  } catch {
    // ended meanwhile
  }
}

function readPids(folder: string): PidsFile | null {
  const text = readPrivateFile(pathIn(folder));
  if (text === null) return null;
  try {
    const content = JSON.parse(text) as Partial<PidsFile> | null;
    if (typeof content?.bootId !== 'string' || !Array.isArray(content.processes)) return null;
    return { bootId: content.bootId, processes: content.processes.filter(isRecorded) };
  } catch {
    return null; // not ours: nothing is known, so nothing is touched
  }
}

function isRecorded(value: unknown): value is RecordedProcess {
  const recorded = value as Partial<RecordedProcess> | null;
  return (
    Number.isInteger(recorded?.pid) &&
    (recorded?.pid ?? 0) > 1 &&
    typeof recorded?.startTicks === 'string' &&
    typeof recorded.executable === 'string' &&
    recorded.executable !== ''
  );
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}
