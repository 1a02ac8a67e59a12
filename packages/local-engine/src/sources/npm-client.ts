import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

/** What is looked at to find npm. */
export interface NpmSearch {
  /** Path of the running Node. */ readonly execPath: string;
  /** The environment. */ readonly environment: NodeJS.ProcessEnv;
}

/**
 * The command that runs npm: this Node with npm's main module (on Windows `npm.cmd` cannot be spawned without a shell).
 * Looked for at `npm_execpath`, beside Node (also behind a link), and on the PATH.
 */
export function findNpm({ execPath, environment }: NpmSearch): readonly string[] | null {
  const real = (path: string) => {
    try {
      return realpathSync(path);
    } catch {
      return null;
    }
  };
  const { npm_execpath: started } = environment;
  const candidates = started && basename(started) === 'npm-cli.js' ? [started] : [];
  for (const node of new Set([real(execPath) ?? execPath, execPath])) {
    candidates.push(join(dirname(node), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'));
    candidates.push(join(dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js'));
  }
  const found = candidates.find((path) => existsSync(path));
  if (found) return [execPath, found];
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    const target = folder && real(join(folder, 'npm'));
    if (target) return basename(target) === 'npm-cli.js' ? [execPath, target] : [target];
  }
  return null;
}
