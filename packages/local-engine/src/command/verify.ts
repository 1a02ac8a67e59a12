import { LocalEngineError } from '../errors.js';
import { openOfflineModels } from '../offline.js';
import type { Digest } from '../store/places.js';
import type { CommandContext } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';

interface Verdict {
  readonly state: 'ok' | 'wrong' | 'missing';
  readonly message: string | null;
}

/** Reads the files of all models, or of one, and compares their hashes. */
export async function verifyModels(name: string | null, context: CommandContext): Promise<ExitCode> {
  const { dataDir, printer, signal, isJson } = context;
  await using models = await openOfflineModels(dataDir, context);
  const { store } = models;
  const chosen = name === null ? await store.manifests.list() : [await models.find(name)];
  const verdicts = new Map<Digest, Verdict>(); // several names may share a file
  const results: (Verdict & { name: string })[] = [];
  for (const manifest of chosen) {
    printer.progress(`reading ${manifest.name}`);
    const verdict = verdicts.get(manifest.digest) ?? (await store.verify(manifest, signal).then(isRight, toVerdict));
    signal.throwIfAborted();
    verdicts.set(manifest.digest, verdict);
    results.push({ name: manifest.name, ...verdict });
    if (!isJson) printer.out(`${manifest.name.padEnd(32)} ${verdict.message ?? verdict.state}`);
  }
  if (isJson) printer.document({ schema: 'tale.engine-verify/1', models: results });
  return results.every(({ state }) => state === 'ok') ? exitCodes.done : exitCodes.failed;
}

const isRight = (): Verdict => ({ state: 'ok', message: null });

function toVerdict(error: unknown): Verdict {
  if (!LocalEngineError.isInstance(error)) throw error;
  return { state: error.code === 'hash-mismatch' ? 'wrong' : 'missing', message: error.message };
}
