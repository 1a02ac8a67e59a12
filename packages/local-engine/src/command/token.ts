import { readFile, stat } from 'node:fs/promises';
import { LocalEngineError } from '../errors.js';

/** Name of the variable that holds the token of `serve`. */
const tokenVariable = 'TALE_LOCAL_ENGINE_TOKEN';

/**
 * The token that requests must carry: of the file, else of the environment; `null` = none. Never of the command line, which every user
 * of the machine can read.
 *
 * @throws {@link LocalEngineError} `invalid-options` for a file that is missing, empty or open to others
 */
export async function readToken(environment: NodeJS.ProcessEnv, file: string | null): Promise<string | null> {
  if (file === null) return environment[tokenVariable]?.trim() || null;
  const { token, mode } = await read(file);
  if (token === '') throw new LocalEngineError('invalid-options', `the token file ${file} is empty`);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new LocalEngineError('invalid-options', `the token file ${file} is open to others: chmod 600 ${file}`);
  }
  return token;
}

async function read(file: string): Promise<{ token: string; mode: number }> {
  try {
    return { token: (await readFile(file, 'utf8')).trim(), mode: (await stat(file)).mode };
  } catch (cause) {
    throw new LocalEngineError('invalid-options', `the token file ${file} cannot be read`, { cause });
  }
}
