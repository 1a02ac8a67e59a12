import type { Settings } from '@tale/protocol';
import type { ChooseModels, ModelChoice, Report } from './setup.js';

/** A place where models may be. */
export interface ModelSource {
  /** The models to use from here, or `null` with a note in `tried` when there are none to be had. */
  choose(request: ChoiceRequest): Promise<ModelChoice | null>;
}

export interface ChoiceRequest {
  readonly settings: Settings['models'];
  readonly report: Report;
  readonly signal: AbortSignal;
  /** What was tried and why it did not help, for people. */
  readonly tried: string[];
}

/** Nobody is asked anything: the first source that has or gets models is taken. */
export function createChooseModels(
  settings: Settings['models'],
  sources: readonly ModelSource[],
  nothing: (tried: readonly string[]) => Error,
): ChooseModels {
  return async (report, signal) => {
    const tried: string[] = [];
    for (const source of sources) {
      const choice = await source.choose({ settings, report, signal, tried });
      if (choice) return choice;
    }
    throw nothing(tried);
  };
}
