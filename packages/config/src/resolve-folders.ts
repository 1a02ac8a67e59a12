import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import type { Folders } from './types.js';
import { variableName } from './variable-name.js';

/** Options of {@link resolveFolders}. */
export interface FolderOptions {
  /**
   * Name of the program: last part of the paths, and prefix of `<NAME>_HOME`.
   *
   * @defaultValue `'tale'`
   */
  readonly name?: string;
  /**
   * Variables to read.
   *
   * @defaultValue `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Whose conventions hold.
   *
   * @defaultValue `process.platform`
   */
  readonly platform?: NodeJS.Platform;
}

/**
 * Where a program keeps its files. `<NAME>_HOME` puts everything into one folder; else `XDG_*` where set (absolute paths
 * only), else the conventions of the platform. Looks at nothing and makes nothing.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function resolveFolders(options: FolderOptions = {}): Folders {
  const { name = 'tale', env = process.env, platform = process.platform } = options;
  const path = platform === 'win32' ? win32 : posix;
  const together = env[variableName(name, 'home')];
  if (together) return below(path, path.resolve(together));

  const home = (platform === 'win32' ? env.USERPROFILE : env.HOME) || homedir();
  const standard = platformFolders(platform, path, home, name, env);
  const xdg = (variable: string, otherwise: string) => {
    const base = env[variable];
    return base && path.isAbsolute(base) ? path.join(base, name) : otherwise;
  };
  return {
    config: xdg('XDG_CONFIG_HOME', standard.config),
    data: xdg('XDG_DATA_HOME', standard.data),
    state: xdg('XDG_STATE_HOME', standard.state),
    cache: xdg('XDG_CACHE_HOME', standard.cache),
    system: standard.system,
  };
}

type PlatformPath = typeof posix;

function below(path: PlatformPath, folder: string) {
  return {
    config: path.join(folder, 'config'),
    data: path.join(folder, 'data'),
    state: path.join(folder, 'state'),
    cache: path.join(folder, 'cache'),
  };
}

function platformFolders(
  platform: NodeJS.Platform,
  path: PlatformPath,
  home: string,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Required<Folders> {
  if (platform === 'win32') {
    const local = path.join(env.LOCALAPPDATA || path.join(home, 'AppData', 'Local'), name);
    const roaming = path.join(env.APPDATA || path.join(home, 'AppData', 'Roaming'), name);
    const system = path.join(env.ProgramData || 'C:\\ProgramData', name);
    return { ...below(path, local), config: path.join(roaming, 'config'), system };
  }
  if (platform === 'darwin') {
    const support = path.join(home, 'Library', 'Application Support', name);
    const system = path.join('/Library', 'Application Support', name);
    return { ...below(path, support), cache: path.join(home, 'Library', 'Caches', name), system };
  }
  return {
    config: path.join(home, '.config', name),
    data: path.join(home, '.local', 'share', name),
    state: path.join(home, '.local', 'state', name),
    cache: path.join(home, '.cache', name),
    system: path.join('/etc', name),
  };
}
