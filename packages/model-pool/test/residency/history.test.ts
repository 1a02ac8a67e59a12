import { expect, it } from 'vitest';
import { ResidencyHistory } from '../../src/residency/history.js';

it('the newest hundred changes are kept, oldest first', () => {
  const history = new ResidencyHistory();
  expect(history.changes).toEqual([]);
  for (let atMs = 1; atMs <= 250; atMs += 1)
    history.add({ atMs, name: 'model', change: 'ready', reason: 'loaded', durationMs: null });
  expect(history.changes).toHaveLength(100);
  expect([history.changes[0]?.atMs, history.changes[99]?.atMs]).toEqual([151, 250]);
});
