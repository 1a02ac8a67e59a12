import type { FailureSequel } from './backend.js';
import { nextState, type StateEvent } from './states.js';
import type { TaskQueuedEvent } from './task-event.js';
import type { EndState, ErrorEnvelope, TaskState } from './types.js';

const mostRecoveries = 3;

/** How a run ends. */
export type RunOutcome =
  | { readonly type: 'complete'; readonly result: string }
  | {
      readonly type: 'fail';
      readonly error: ErrorEnvelope;
      readonly sequel: FailureSequel;
      /** The part that is ready. */
      readonly result: string | null;
    }
  | { readonly type: 'release' }
  | { readonly type: 'lease-lost' }
  | { readonly type: 'deadline' };

/** What the end of a run depends on beside its outcome. */
export interface RunningFacts {
  readonly cancelReason: string | null;
  readonly attempt: number;
  readonly recoveries: number;
}

/** What becomes of the task and the run. */
export interface SettledRun {
  readonly state: TaskState;
  readonly reason: string | null;
  readonly attempt: number;
  readonly recoveries: number;
  readonly notBeforeMs: number | null;
  readonly result: string | null;
  /** Final error of the task. */
  readonly error: ErrorEnvelope | null;
  readonly runEnd: EndState | 'lease-lost';
  readonly runError: ErrorEnvelope | null;
  /** Reason of the `task-queued` event, where there is one. */
  readonly queued: TaskQueuedEvent['reason'] | null;
}

/** Decides how a run settles. A cancel that was asked for wins over every outcome; a result that was ready is kept. */
export function decideSettlement(facts: RunningFacts, outcome: RunOutcome): SettledRun {
  const { cancelReason, attempt, recoveries } = facts;
  const plain = { reason: null, attempt, recoveries, notBeforeMs: null, result: null, error: null, runError: null };
  if (cancelReason !== null) {
    const result = outcome.type === 'complete' || outcome.type === 'fail' ? outcome.result : null;
    const runEnd = outcome.type === 'lease-lost' ? 'lease-lost' : 'cancelled';
    return { ...plain, state: after('cancel'), reason: cancelReason, result, runEnd, queued: null };
  }
  switch (outcome.type) {
    case 'complete':
      return { ...plain, state: after('complete'), result: outcome.result, runEnd: 'done', queued: null };
    case 'fail': {
      const { error, sequel, result } = outcome;
      const run = { runEnd: 'failed', runError: error } as const;
      if (sequel.state === 'queued') {
        const again = { attempt: attempt + 1, notBeforeMs: sequel.notBeforeMs, queued: 'retry' } as const;
        return { ...plain, ...run, ...again, state: after('retry-later'), reason: 'backoff' };
      }
      const state = after(sequel.state === 'dead' ? 'exhaust' : 'fail');
      return { ...plain, ...run, state, reason: error.code, error, result, queued: null };
    }
    case 'release':
      return { ...plain, state: after('release'), reason: 'resumed', runEnd: 'lease-lost', queued: 'resumed' };
    case 'lease-lost': {
      const run = { runEnd: 'lease-lost' } as const;
      if (recoveries >= mostRecoveries) {
        return { ...plain, ...run, state: after('exhaust'), reason: poison.code, error: poison, queued: null };
      }
      const again = { recoveries: recoveries + 1, queued: 'lease-lost' } as const;
      return { ...plain, ...run, ...again, state: after('lease-lost'), reason: 'lease-lost' };
    }
    case 'deadline': {
      const run = { runEnd: 'failed', runError: deadline } as const;
      return { ...plain, ...run, state: after('deadline'), reason: deadline.code, error: deadline, queued: null };
    }
  }
}

function after(event: StateEvent): TaskState {
  return nextState('running', event)!;
}

const poison: ErrorEnvelope = {
  code: 'poison',
  message: `the worker vanished during this task ${mostRecoveries + 1} times`,
  hint: 'look for crashes in the log of the worker, then retry the task',
  source: 'tasks',
  retryable: false,
  retryAfterMs: null,
  details: { recoveries: mostRecoveries },
};

/** Error of a task whose deadline passed. */
export const deadline: ErrorEnvelope = {
  code: 'deadline',
  message: 'the deadline passed before the task ended',
  hint: null,
  source: 'tasks',
  retryable: false,
  retryAfterMs: null,
  details: {},
};
