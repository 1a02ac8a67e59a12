import type { CallEnd, CallGate } from '@tale/model-pool';

/** What a day may cost and has cost. */
export interface CloudBudgetView {
  /** Tokens of today, in and out; of the running calls what goes in by their estimates, and what came out so far. */
  readonly usedTokens: number;
  /** Limit of a day; `null` = none. */
  readonly dailyTokens: number | null;
  /** `warning` from four fifths on, `exhausted` from the whole on. */
  readonly state: 'ok' | 'warning' | 'exhausted';
}

export interface CloudBudgetOptions {
  /** Which calls count: the `provider` of their events. */
  readonly provider: string;
  readonly dailyTokens: number | null;
  /** What was used since an instant, as it is recorded; asked once a day. */
  readonly usedSince: (sinceMs: number) => Promise<number>;
  readonly now: () => number;
  /** Told once a day when four fifths are used, and when all is. */
  readonly onAlert: (view: CloudBudgetView) => void;
}

/** Keeps the tokens of a service that is paid for within a limit a day. */
export interface CloudBudget {
  /** Rejects where it cannot be read what was used. */
  view(): Promise<CloudBudgetView>;
  /** The gate that also counts here. */
  counting(gate: CallGate): CallGate;
}

/** What `/health` says of it where it cannot be read. */
export interface UnreadBudget {
  readonly state: 'unknown';
  readonly error: string;
}

/** The budget for `/health`; that it cannot be read says nothing about the server itself. */
export async function claudeFacts(budget: Pick<CloudBudget, 'view'>): Promise<CloudBudgetView | UnreadBudget> {
  try {
    return await budget.view();
  } catch (error) {
    return { state: 'unknown', error: `the tokens of today cannot be read: ${String(error)}` };
  }
}

const warningShare = 0.8;

/** See {@link CloudBudget}. The day is that of this machine's time zone. */
export function createCloudBudget(options: CloudBudgetOptions): CloudBudget {
  const { provider, dailyTokens, usedSince, now, onAlert } = options;
  let day: { startMs: number; used: Promise<number> } | null = null;
  let endedTokens = 0;
  let told: CloudBudgetView['state'] = 'ok';
  const open = new Map<string, number>();

  const today = (): Promise<number> => {
    const startMs = startOfDay(now());
    if (day?.startMs !== startMs) {
      endedTokens = 0;
      told = 'ok';
      const asked = { startMs, used: usedSince(startMs) };
      day = asked;
      asked.used.catch(() => {
        if (day === asked) day = null; // asked again with the next call
      });
    }
    return day.used;
  };

  const view = async (): Promise<CloudBudgetView> => {
    const recordedTokens = await today();
    const running = [...open.values()].reduce((sum, tokens) => sum + tokens, 0);
    const usedTokens = recordedTokens + endedTokens + running;
    const share = dailyTokens === null ? 0 : usedTokens / dailyTokens;
    return { usedTokens, dailyTokens, state: share >= 1 ? 'exhausted' : share >= warningShare ? 'warning' : 'ok' };
  };

  const tell = async (): Promise<void> => {
    const present = await view();
    if (present.state === 'ok' || present.state === told) return;
    told = present.state;
    onAlert(present);
  };

  const count = (end: CallEnd) => {
    open.delete(end.callId);
    endedTokens += end.usage.inputTokens + end.usage.outputTokens;
    void tell().catch(() => {});
  };

  return {
    view,
    counting: (gate) => ({
      async begin(call) {
        if (call.provider !== provider) return gate.begin(call);
        await today(); // before the call is on record: what ended before is in there, this call is not
        const handle = await gate.begin(call);
        const inputTokens = call.estimatedInputTokens ?? 0;
        open.set(call.callId, inputTokens);
        return {
          progress(outputTokens) {
            open.set(call.callId, inputTokens + outputTokens);
            return handle.progress(outputTokens);
          },
          settle: (end) => handle.settle(end).finally(() => count(end)),
        };
      },
    }),
  };
}

function startOfDay(nowMs: number): number {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
