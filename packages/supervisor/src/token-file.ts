import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SupervisorError } from './errors.js';
import { createPrivateFile, makePrivateFolder, readPrivateFile } from './private-file.js';

const TOKEN = /^[0-9a-f]{64}$/;

/**
 * The bearer token of the data folder: 256 random bits in hex, in `<folder>/token`, mode 0600. Made at the first call and the
 * same ever after, also for processes that call at the same moment.
 *
 * @throws {@link SupervisorError} `runtime-file-unsafe` if the file is a link, of another user, open to others, or no token
 */
export function loadOrCreateToken(folder: string): string {
  makePrivateFolder(folder);
  const path = join(folder, 'token');
  const found = readPrivateFile(path);
  if (found === null) createPrivateFile(path, `${randomBytes(32).toString('hex')}\n`);
  const token = (found ?? readPrivateFile(path) ?? '').trim();
  if (!TOKEN.test(token)) {
    throw new SupervisorError(
      'runtime-file-unsafe',
      `${path} holds no token of 64 hex digits; remove it to get a new one`,
    );
  }
  return token;
}
