import { installRuntime } from '../runtime/install.js';

/**
 * Installs the native runtime below `folder` once for all test processes of a machine.
 *
 * @returns the value for the option `runtimeDir`
 */
export async function ensureRuntime(folder: string): Promise<string> {
  return (await installRuntime({ dataDir: folder })).directory;
}
