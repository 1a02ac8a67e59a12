import { access } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { memorySize, systemMemory } from '../memory/available.js';
import { isInstalled } from '../runtime/install.js';
import { installCommand, platformPackage } from '../runtime/platform.js';
import { findNpm } from '../sources/npm-client.js';
import { runProgram } from '../sources/program.js';
import { systemDisk } from '../store/disk.js';
import { createManifests } from '../store/manifests.js';
import { placesOf } from '../store/places.js';
import { readCpuQuota } from '../threads/quota.js';
import { chooseThreads } from '../threads/rule.js';

/** What a person needs to know when something does not work, one fact a line. */
export async function examine(dataDir: string, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const runtime = join(dataDir, 'runtime');
  const quotaCores = await readCpuQuota();
  const cores = availableParallelism();
  const npm = findNpm({ execPath: process.execPath, environment });
  const pip = await runProgram(['python3'], ['-m', 'pip', '--version'], {
    directory: process.cwd(),
    environment,
    signal: AbortSignal.timeout(10_000),
  }).then(
    ({ exitCode, stdout }) => (exitCode === 0 ? stdout.trim() : 'not installed'),
    () => 'not installed',
  );
  const isThere = await access(dataDir).then(
    () => true,
    () => false,
  );
  const installed = await createManifests(placesOf(dataDir)).list();
  return [
    `node        ${process.version} on ${process.platform}-${process.arch}`,
    `data        ${dataDir}${isThere ? `, ${memorySize(await systemDisk.freeBytes(dataDir))} free` : ' (not there yet)'}`,
    `runtime     ${(await isInstalled(runtime)) ? runtime : `missing; local-engine install-runtime, or ${installCommand(runtime)}`}`,
    `binaries    ${platformPackage(process.platform, process.arch) ?? 'none for this platform'}`,
    `threads     ${chooseThreads({ cores, quotaCores, wanted: null })} of ${cores} cores${quotaCores === null ? '' : `, quota ${quotaCores}`}`,
    `memory      ${memorySize(await systemMemory.availableBytes(0))} for models`,
    `models      ${installed.map(({ name }) => name).join(', ') || 'none'}`,
    `npm         ${npm?.join(' ') ?? 'not found'}`,
    `pip         ${pip}`,
    `sources     ${environment.TALE_MODEL_SOURCES || 'file, huggingface, pypi, npm'}`,
  ];
}
