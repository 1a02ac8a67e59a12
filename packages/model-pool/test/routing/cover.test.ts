import { describe, expect, it } from 'vitest';
import type { ModelState } from '../../src/index.js';
import { type CoverView, chooseCover } from '../../src/routing/cover.js';

const view = (more: Partial<CoverView> = {}): CoverView => ({
  chosen: 'large',
  state: 'absent',
  loadMs: null,
  cover: 'small',
  waitMs: null,
  ...more,
});

describe('chooseCover', () => {
  const rows: [string, CoverView, string | null][] = [
    ['the small model answers while the large one is loaded', view(), 'small'],
    ['not where the large one is there', view({ state: 'resident' }), null],
    ['not where no small one is there', view({ cover: null }), null],
    ['not where its queue is as long as the load', view({ loadMs: 5_000, waitMs: 5_000 }), null],
    ['a shorter queue is waited for', view({ loadMs: 5_000, waitMs: 4_999 }), 'small'],
    ['a load that nothing is known of counts as long', view({ waitMs: 60_000 }), 'small'],
    ['a queue that nothing is known of counts as short', view({ loadMs: 100 }), 'small'],
  ];
  for (const [name, given, chosen] of rows) it(name, () => expect(chooseCover(given).chosen).toBe(chosen));

  it('is for each state that is none of being there, and says so', () => {
    for (const state of ['absent', 'loading', 'evicting', 'failed'] as ModelState[])
      expect(chooseCover(view({ state }))).toEqual({
        chosen: 'small',
        rejected: [{ option: 'large', reason: `${state}: it is loaded meanwhile` }],
      });
    expect(chooseCover(view({ loadMs: 1, waitMs: 2 })).rejected).toEqual([
      { option: 'small', reason: 'its queue is longer than the load of large' },
    ]);
  });
});
