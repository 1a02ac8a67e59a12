import type { EndState, TaskState } from './types.js';

/** What can happen to a task. */
export type StateEvent =
  /** Its instant has come. */
  | 'due'
  /** A worker takes it. A due task is claimed in the same statement that finds it due. */
  | 'claim'
  /** Its run ended with a result. */
  | 'complete'
  /** Its run ended with an error that another attempt may cure. */
  | 'retry-later'
  /** Its run ended with an error that ends the task. */
  | 'fail'
  /** The last attempt, or the last recovery, is used up. */
  | 'exhaust'
  /** Its lease ended and its work did not. */
  | 'lease-lost'
  /** Its worker gave it back. */
  | 'release'
  /** Somebody asks for its end: a running one goes on until its holder obeys. */
  | 'cancel-request'
  /** The holder of a running one obeyed, or vanished. */
  | 'cancel'
  /** Its deadline passed. */
  | 'deadline'
  /** Somebody asks for a new series of attempts. */
  | 'retry';

const transitions: Record<TaskState, Partial<Record<StateEvent, TaskState>>> = {
  queued: { due: 'ready', 'cancel-request': 'cancelled', deadline: 'failed' },
  ready: { claim: 'running', 'cancel-request': 'cancelled', deadline: 'failed' },
  running: {
    complete: 'done',
    'retry-later': 'queued',
    fail: 'failed',
    exhaust: 'dead',
    'lease-lost': 'ready',
    release: 'ready',
    'cancel-request': 'running',
    cancel: 'cancelled',
    deadline: 'failed',
  },
  waiting: { due: 'ready', 'cancel-request': 'cancelled', deadline: 'failed' },
  done: {},
  failed: { retry: 'queued' },
  cancelled: {},
  dead: { retry: 'queued' },
};

/** The state after `event`, or null where the event means nothing in `state`. */
export function nextState(state: TaskState, event: StateEvent): TaskState | null {
  return transitions[state][event] ?? null;
}

/** Whether nothing but a retry leads out of `state`. */
export function isFinal(state: TaskState): state is EndState {
  return state === 'done' || state === 'failed' || state === 'cancelled' || state === 'dead';
}
