import type { Summaries } from '@tale/context';

export interface IdleSummariesOptions {
  readonly summaries: Pick<Summaries, 'runPending'>;
  /** Whether a model can be asked. */
  readonly isReady: () => boolean;
  readonly onFailure: (error: unknown) => void;
  /** Between two looks, ms. @defaultValue 30,000 */
  readonly everyMs?: number;
}

/** Begins no summary after this time; then others have their turn. */
const longestRunMs = 60_000;

/** Writes pending summaries from time to time; `close` ends the one that is being written. */
export function idleSummaries(options: IdleSummariesOptions): { close(): Promise<void> } {
  const { summaries, isReady, onFailure, everyMs = 30_000 } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    try {
      await summaries.runPending({ signal, maxMs: longestRunMs });
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    } finally {
      running = null;
    }
  }

  const timer = setInterval(() => {
    if (running === null && isReady()) running = run();
  }, everyMs);
  return {
    async close() {
      clearInterval(timer);
      closing.abort();
      await running;
    },
  };
}
