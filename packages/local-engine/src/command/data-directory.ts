import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the command keeps its files: below `TALE_HOME`, else in the user's data folder. */
export function defaultDataDirectory(environment: NodeJS.ProcessEnv): string {
  const { TALE_HOME: home, XDG_DATA_HOME: data } = environment;
  if (home) return join(home, 'data', 'local-engine');
  return join(data || join(homedir(), '.local', 'share'), 'tale', 'local-engine');
}
