import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SupervisorError } from './errors.js';
import { readPrivateFile, writePrivateFile } from './private-file.js';
import type { RuntimeFile, RuntimeServer } from './types.js';

const FORMAT = 'tale.runtime/1';
const pathIn = (folder: string) => join(folder, 'runtime.json');

/**
 * Reads `<folder>/runtime.json`; `null` if there is none, which means that no supervisor runs. The file may be older than its
 * supervisor's death: a refused connection, or a `/health` with another nonce, means "down".
 *
 * @throws {@link SupervisorError} `runtime-file-unsafe` if it is a link, of another user, open to others, or of another format
 */
export function readRuntimeFile(folder: string): RuntimeFile | null {
  const path = pathIn(folder);
  const text = readPrivateFile(path);
  if (text === null) return null;
  const content = parse(text);
  if (!isRuntimeFile(content)) {
    throw new SupervisorError('runtime-file-unsafe', `${path} is not a ${FORMAT} file; stop the servers and remove it`);
  }
  return content;
}

/** Replaces `<folder>/runtime.json` in one step, mode 0600. */
export function writeRuntimeFile(folder: string, content: Omit<RuntimeFile, 'format'>): void {
  const { daemonId, token, servers } = content;
  writePrivateFile(pathIn(folder), `${JSON.stringify({ format: FORMAT, daemonId, token, servers }, null, 2)}\n`);
}

/** Removes `<folder>/runtime.json`. */
export function removeRuntimeFile(folder: string): void {
  rmSync(pathIn(folder), { force: true });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRuntimeFile(content: unknown): content is RuntimeFile {
  if (typeof content !== 'object' || content === null) return false;
  const file = content as Partial<RuntimeFile>;
  return (
    file.format === FORMAT &&
    typeof file.daemonId === 'string' &&
    typeof file.token === 'string' &&
    Array.isArray(file.servers) &&
    file.servers.every(isRuntimeServer)
  );
}

function isRuntimeServer(entry: unknown): entry is RuntimeServer {
  if (typeof entry !== 'object' || entry === null) return false;
  const server = entry as Partial<RuntimeServer>;
  return (
    typeof server.name === 'string' &&
    Number.isInteger(server.instance) &&
    typeof server.url === 'string' &&
    Number.isInteger(server.pid) &&
    typeof server.nonce === 'string'
  );
}
