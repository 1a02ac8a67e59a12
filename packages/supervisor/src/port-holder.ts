import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Holder } from './errors.js';
import { listProcesses, readCommand } from './process-table.js';

const LISTEN = '0A';

/** Who listens on the TCP port; `null` where /proc does not tell, for example for a process of another user. */
export function findPortHolder(port: number): Holder | null {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  const pid = listProcesses().find((candidate) => holdsSocket(candidate, inodes));
  return pid === undefined ? null : { pid, command: readCommand(pid) };
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  try {
    return readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && fields[3] === LISTEN)
      .flatMap((fields) => fields[9] ?? []);
  } catch {
    return [];
  }
}

function holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`${folder}/${descriptor}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
  } catch {
    return false;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}
