import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installCommand } from '../../runtime/platform.js';
import { RunnerFailure } from './failure.js';
import type { LlamaModule } from './llama.js';

/**
 * Imports node-llama-cpp from `runtimeDir`, else from where the project resolves it.
 *
 * @throws RunnerFailure `runtime-missing`, with the command that installs it
 */
export async function importRuntime(runtimeDir: string, packageName = 'node-llama-cpp'): Promise<LlamaModule> {
  const installed = join(runtimeDir, 'node_modules', packageName, 'dist', 'index.js');
  try {
    await access(installed);
  } catch {
    try {
      return await import(packageName);
    } catch (cause) {
      throw new RunnerFailure(
        'runtime-missing',
        `the native runtime is not installed: run "local-engine install-runtime" or "${installCommand(runtimeDir)}"`,
        { cause },
      );
    }
  }
  return await import(pathToFileURL(installed).href);
}
