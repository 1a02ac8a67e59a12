import { describe, expect, it } from 'vitest';
import { isFinal, nextState, type StateEvent, type TaskState } from '../src/index.js';

const states: TaskState[] = ['queued', 'ready', 'running', 'waiting', 'done', 'failed', 'cancelled', 'dead'];
const _ = null;
//                                 queued       ready        running      waiting      done failed    cancelled dead
const table: Record<StateEvent, (TaskState | null)[]> = {
  due: /*              */ ['ready', _, _, 'ready', _, _, _, _],
  claim: /*            */ [_, 'running', _, _, _, _, _, _],
  complete: /*         */ [_, _, 'done', _, _, _, _, _],
  'retry-later': /*    */ [_, _, 'queued', _, _, _, _, _],
  fail: /*             */ [_, _, 'failed', _, _, _, _, _],
  exhaust: /*          */ [_, _, 'dead', _, _, _, _, _],
  'lease-lost': /*     */ [_, _, 'ready', _, _, _, _, _],
  release: /*          */ [_, _, 'ready', _, _, _, _, _],
  'cancel-request': /* */ ['cancelled', 'cancelled', 'running', 'cancelled', _, _, _, _],
  cancel: /*           */ [_, _, 'cancelled', _, _, _, _, _],
  deadline: /*         */ ['failed', 'failed', 'failed', 'failed', _, _, _, _],
  retry: /*            */ [_, _, _, _, _, 'queued', _, 'queued'],
};

describe('the states of a task', () => {
  for (const [event, row] of Object.entries(table) as [StateEvent, (TaskState | null)[]][]) {
    for (const [index, expected] of row.entries()) {
      const state = states[index]!;
      it(`${event} leads from ${state} to ${expected ?? 'nothing'}`, () => {
        expect(nextState(state, event)).toBe(expected);
      });
    }
  }

  it('done, failed, cancelled and dead are final', () => {
    expect(states.filter(isFinal)).toEqual(['done', 'failed', 'cancelled', 'dead']);
  });
});
