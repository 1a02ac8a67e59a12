import { describe, expect, it } from 'vitest';
import { nextState, type StateInput } from '../../src/residency/model-state.js';
import type { ModelState } from '../../src/status.js';

const states: readonly ModelState[] = ['absent', 'loading', 'resident', 'evicting', 'failed'];
const inputs: readonly StateInput[] = [
  'load-start',
  'load-end',
  'load-stop',
  'load-error',
  'evict-start',
  'evict-end',
  'evict-error',
  'seen',
  'unseen',
  'server-down',
  'runner-died',
];

/** Every step there is; what is not here must not happen. */
const steps: Readonly<Record<string, string>> = {
  'absent load-start': 'loading',
  'absent seen': 'resident ready',
  'failed load-start': 'loading',
  'failed seen': 'resident ready',
  'loading load-end': 'resident ready',
  'loading load-stop': 'absent',
  'loading load-error': 'failed',
  'resident load-start': 'loading',
  'resident evict-start': 'evicting',
  'resident unseen': 'absent lost',
  'resident server-down': 'absent lost',
  'resident runner-died': 'absent lost',
  'evicting evict-end': 'absent',
  'evicting evict-error': 'resident',
};

describe('the states of a model', () => {
  for (const state of states) {
    for (const input of inputs) {
      const wanted = steps[`${state} ${input}`];
      it(`${state} + ${input} = ${wanted ?? 'nothing'}`, () => {
        const step = nextState(state, input);
        const found = step === null ? undefined : [step.state, step.news].filter((part) => part !== null).join(' ');
        expect(found).toBe(wanted);
      });
    }
  }
});
