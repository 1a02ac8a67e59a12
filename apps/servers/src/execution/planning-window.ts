import type { ModelWindow } from '@tale/context';
import type { PoolStatus } from '@tale/model-pool';
import type { RemotePool } from '@tale/model-pool/remote';

/** The window of the planning model, as its server gives it now. */
export interface PlanningWindow {
  /** The window if it is known, at most a minute old; what is older than a few seconds is asked for again meanwhile. */
  known(): ModelWindow | null;
  /** The window; asks the models server where it is not known. `null` where no model plans. */
  get(signal: AbortSignal): Promise<ModelWindow | null>;
  /** Something about it was not as expected: the next one asks. */
  forget(): void;
}

export interface PlanningWindowOptions {
  readonly pool: Pick<RemotePool, 'status'>;
  readonly now: () => number;
}

const freshMs = 5_000;
const longestMs = 60_000;

/**
 * Keeps what the models server says of the window, so that a task need not wait for it. A value that is a little old does no harm: a prompt
 * that is too long for a window that became smaller is refused by the server, never cut.
 */
export function createPlanningWindow({ pool, now }: PlanningWindowOptions): PlanningWindow {
  let latest: { readonly window: ModelWindow | null; readonly atMs: number } | null = null;
  let isAsking = false;

  async function ask(signal: AbortSignal): Promise<ModelWindow | null> {
    const window = planningWindow(await pool.status({ signal }));
    latest = { window, atMs: now() };
    return window;
  }

  async function refresh(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    try {
      await ask(AbortSignal.timeout(freshMs));
    } catch {
      // A call says what is wrong.
    } finally {
      isAsking = false;
    }
  }

  function known(): ModelWindow | null {
    if (latest === null) return null;
    const ageMs = now() - latest.atMs;
    if (ageMs > freshMs) void refresh();
    return ageMs > longestMs ? null : latest.window;
  }

  return {
    known,
    get: async (signal) => known() ?? ask(signal),
    forget() {
      latest = null;
    },
  };
}

/** The largest window of the models that plan: the pool gives a prompt to a model that it fits. */
export function planningWindow({ models }: Pick<PoolStatus, 'models'>): ModelWindow | null {
  const planning = models.filter(({ roles }) => roles.includes('planning'));
  const usable = planning.filter(({ state }) => state !== 'failed');
  const [model] = (usable.length > 0 ? usable : planning).toSorted(
    (first, second) => second.contextTokens - first.contextTokens,
  );
  if (model === undefined) return null;
  return {
    model: model.model,
    ...(model.digest !== null && { digest: model.digest }),
    contextTokens: model.contextTokens,
    maxOutputTokens: model.maxOutputTokens,
    countsExactly: model.countsTokens,
    role: 'planning',
  };
}
