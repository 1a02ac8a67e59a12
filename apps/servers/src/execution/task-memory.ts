import type { PlanItem, Recall } from '@tale/context';
import type { Logger } from 'pino';

/** What a task may know of its user's history. */
export interface TaskRecall {
  /** The most important first. */
  readonly items: readonly PlanItem[];
  /** How many more there were. */
  readonly left: number;
  /** What could not be read, and why: parts of the history, or `slow` or `error` for all of it. */
  readonly failed: readonly string[];
}

/** How often what came of it, since this process began. */
export interface RecallCounts {
  readonly asked: number;
  /** With at least one line. */
  readonly found: number;
  /** Not ready in time. */
  readonly slow: number;
  /** Something could not be read. */
  readonly failed: number;
}

export interface TaskMemory {
  /** What belongs to a prompt; `ids` = only these, which an earlier run had. Never fails a task and never holds it up. */
  recall(
    query: { readonly prompt: string; readonly ids: readonly string[] | null; readonly maxTokens: number },
    signal: AbortSignal,
  ): Promise<TaskRecall>;
  counts(): RecallCounts;
}

export interface TaskMemoryOptions {
  readonly recall: Pick<Recall, 'forPlan'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Calls back once after so many ms; returns what takes it back. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

/** Longest wait, ms. */
const patienceMs = 250;
/** So much of both ends of a long prompt is asked with: the rest is material to work on, not what the task is about. */
const goalEnd = 2_000;

/** What the prompt finds goes without a gate, as for a plan: so few lines are cheap to read where they are of no use. */
const maxHits = 5;

const nothing = { items: [], left: 0 } as const;

/** Recall that fails to nothing, with its reason logged and counted. */
export function createTaskMemory({ recall, logger, after }: TaskMemoryOptions): TaskMemory {
  const counts = { asked: 0, found: 0, slow: 0, failed: 0 };

  function missed(reason: 'slow' | 'error', error?: unknown): TaskRecall {
    counts[reason === 'slow' ? 'slow' : 'failed']++;
    logger.warn({ reason, ...(error === undefined ? {} : { error }) }, 'a task goes on without its history');
    return { ...nothing, failed: [reason] };
  }

  return {
    counts: () => ({ ...counts }),
    async recall({ prompt, ids, maxTokens }, signal) {
      if (ids?.length === 0) return { ...nothing, failed: [] };
      counts.asked++;
      const limit = new AbortController();
      let stop = () => {};
      const late = new Promise<TaskRecall>((resolve) => {
        stop = after(patienceMs, () => {
          resolve(missed('slow'));
          limit.abort();
        });
      });
      const query = { goal: goalOf(prompt), project: null, maxTokens, maxHits, ...(ids && { ids }) };
      const asked = recall
        .forPlan(query, { signal: AbortSignal.any([signal, limit.signal]) })
        .then(({ items, left, failed }): TaskRecall => {
          if (failed.length > 0 && !limit.signal.aborted) counts.failed++;
          if (items.length > 0 && !limit.signal.aborted) counts.found++;
          return { items, left, failed };
        })
        .catch((error: unknown) => {
          signal.throwIfAborted();
          return limit.signal.aborted ? { ...nothing, failed: ['slow'] } : missed('error', error);
        });
      try {
        return await Promise.race([asked, late]);
      } finally {
        stop();
      }
    },
  };
}

function goalOf(prompt: string): string {
  return prompt.length <= 2 * goalEnd ? prompt : `${prompt.slice(0, goalEnd)} ${prompt.slice(-goalEnd)}`;
}
