import type { OllamaBackendOptions, OpenAiBackendOptions } from '@tale/model-pool';
import type { SetupEvent, SetupProgressEvent } from '@tale/protocol';
import { toEnvelope } from '../server/to-envelope.js';

/** Tells how far the setup is. */
export type Report = (progress: Omit<SetupProgressEvent, 'type'>) => void;

/** Which models answer, where, and why these. */
export interface ModelChoice {
  readonly backend: { readonly name: string; readonly options: OllamaBackendOptions | OpenAiBackendOptions };
  readonly ux: ChosenModel;
  readonly planning: ChosenModel;
  readonly reason: string;
  readonly hint: string | null;
}

export interface ChosenModel {
  readonly model: string;
  readonly contextTokens: number;
}

/** Finds and fetches models; reports what it does. */
export type ChooseModels = (report: Report, signal: AbortSignal) => Promise<ModelChoice>;

/** The first run of a data directory, and every later one, which finds everything there. */
export interface Setup {
  /** Resolves with the choice, rejects when no model can be had. A retry after a failure is a new promise. */
  choice(): Promise<ModelChoice>;
  /** Tries again after a failure; without effect while it runs or after success. */
  retry(): void;
  /** Calls `listener` with the latest event and all later ones. */
  follow(listener: (event: SetupEvent) => void): () => void;
  close(): void;
}

export function createSetup(choose: ChooseModels): Setup {
  const listeners = new Set<(event: SetupEvent) => void>();
  const aborted = new AbortController();
  let latest: SetupEvent | null = null;
  let current = begin();

  function emit(event: SetupEvent): void {
    latest = event;
    for (const listener of listeners) listener(event);
  }

  function begin(): Promise<ModelChoice> {
    const choice = run();
    choice.catch(() => undefined); // told as setup-error; whoever awaits the choice gets it too
    return choice;
  }

  async function run(): Promise<ModelChoice> {
    try {
      const choice = await choose((progress) => emit({ type: 'setup-progress', ...progress }), aborted.signal);
      const models = { ux: choice.ux.model, planning: choice.planning.model };
      emit({ type: 'setup-end', models, backend: choice.backend.name, reason: choice.reason, hint: choice.hint });
      return choice;
    } catch (error) {
      emit({ type: 'setup-error', error: toEnvelope(error, 'models') });
      throw error;
    }
  }

  return {
    choice: () => current,
    retry() {
      if (latest?.type !== 'setup-error') return;
      latest = null;
      current = begin();
    },
    follow(listener) {
      if (latest) listener(latest);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => aborted.abort(),
  };
}
