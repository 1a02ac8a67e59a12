import { type FirstRunCandidates, firstRunCandidates } from '../catalog/first-run.js';
import { LocalEngineError, type SourceFailure } from '../errors.js';
import { type EngineAddress, type PullLine, pullModel } from './pull-model.js';

/** Options of {@link pullFirstRunPair}. */
export interface FirstRunOptions extends EngineAddress {
  /** What to try. @defaultValue `firstRunCandidates()` */ readonly candidates?: FirstRunCandidates;
  /** Called for each line of each pull. */ readonly onProgress?: (model: string, line: PullLine) => void;
}

/** The models of a first run. */
export interface FirstRunPair {
  /** The small model that talks. */ readonly ux: string;
  /** The model that works; the same where only one could be fetched. */ readonly planning: string;
  /** What could not be fetched, by model. */ readonly failures: readonly FirstRunFailure[];
}

/** A model that could not be fetched. */
export interface FirstRunFailure {
  /** The model. */ readonly model: string;
  /** The error's code. */ readonly code: LocalEngineError['code'];
  /** What happened, for people. */ readonly message: string;
  /** Its sources that were tried. */ readonly attempts: readonly SourceFailure[];
}

/**
 * Fetches the pair of models for a first run through a running engine: the small one, then the first working one that can be
 * had. What is installed already is taken without asking its sources. One model stands for both where only one can be had.
 *
 * @throws {@link LocalEngineError} `pull-failed` with all attempts when nothing can be had; `disk-full`; the signal's reason
 */
export async function pullFirstRunPair(options: FirstRunOptions): Promise<FirstRunPair> {
  const candidates = options.candidates ?? firstRunCandidates();
  const installed = await installedNames(options);
  const failures: FirstRunFailure[] = [];

  const firstOf = async (names: readonly string[]): Promise<string | null> => {
    const present = names.find((name) => installed.has(name));
    if (present) return present;
    for (const model of names) {
      try {
        await pullModel(model, options, (line) => options.onProgress?.(model, line));
        return model;
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!LocalEngineError.isInstance(error) || error.code === 'disk-full') throw error;
        failures.push({ model, code: error.code, message: error.message, attempts: error.attempts });
      }
    }
    return null;
  };

  const ux = await firstOf([candidates.ux]);
  const planning = (await firstOf(candidates.planning)) ?? ux;
  if (planning === null) {
    throw new LocalEngineError(
      'pull-failed',
      `no model could be fetched; ${failures.map(({ message }) => message).join('; ')}`,
      {
        attempts: failures.flatMap(({ attempts }) => attempts),
        retryable: failures.some(({ attempts }) => attempts.some(({ retryable }) => retryable)),
      },
    );
  }
  return { ux: ux ?? planning, planning, failures };
}

async function installedNames({ url, token, signal, fetch: request = fetch }: EngineAddress): Promise<Set<string>> {
  try {
    const response = await request(`${url}/api/tags`, {
      headers: token ? { authorization: `Bearer ${token}` } : {},
      ...(signal && { signal }),
    });
    const body = (await response.json()) as { models?: { name: string }[] };
    return new Set(body.models?.map(({ name }) => name));
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LocalEngineError('pull-failed', `the engine at ${url} cannot be reached`, { retryable: true, cause });
  }
}
