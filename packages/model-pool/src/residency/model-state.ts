import type { ModelState } from '../status.js';

/** What happens to a model. */
export type StateInput =
  | 'load-start'
  | 'load-end'
  /** Everybody who waited left, or the failure says nothing about the model. */
  | 'load-stop'
  /** The load failed, and a next one is not tried at once. */
  | 'load-error'
  | 'evict-start'
  | 'evict-end'
  | 'evict-error'
  /** Its server lists it. */
  | 'seen'
  /** Its server does not list it. */
  | 'unseen'
  | 'server-down'
  | 'runner-died';

/** Where a model goes, and what others are told: it is there, or it is gone without anybody of ours having asked. */
export interface StateStep {
  /** The next state. */
  readonly state: ModelState;
  /** The news. */
  readonly news: 'ready' | 'lost' | null;
}

const go = (state: ModelState, news: StateStep['news'] = null): StateStep => ({ state, news });
const away: Partial<Record<StateInput, StateStep>> = { 'load-start': go('loading'), seen: go('resident', 'ready') };

const steps: Readonly<Record<ModelState, Partial<Record<StateInput, StateStep>>>> = {
  absent: away,
  failed: away,
  loading: {
    'load-end': go('resident', 'ready'),
    'load-stop': go('absent'),
    'load-error': go('failed'),
  },
  resident: {
    'load-start': go('loading'),
    'evict-start': go('evicting'),
    unseen: go('absent', 'lost'),
    'server-down': go('absent', 'lost'),
    'runner-died': go('absent', 'lost'),
  },
  evicting: {
    'evict-end': go('absent'),
    'evict-error': go('resident'),
  },
};

/** The step of a model's life that an input causes; `null` = none: what was seen is older than what is being done. */
export function nextState(state: ModelState, input: StateInput): StateStep | null {
  return steps[state][input] ?? null;
}
