import { expect, it } from 'vitest';
import { createTurns } from '../../src/store/take-turns.js';

it('work of 10 ms lets others run before it goes on, shorter work does not', async () => {
  let nowMs = 0;
  let turns = 0;
  const takeTurn = createTurns(() => nowMs);
  const count = () => {
    turns += 1;
    if (turns < 50) setImmediate(count);
  };
  setImmediate(count);
  await takeTurn();
  nowMs += 9;
  await takeTurn();
  expect(turns).toBe(0);
  nowMs += 1;
  await takeTurn();
  expect(turns).toBeGreaterThan(0);
  const seen = turns;
  nowMs += 9;
  await takeTurn();
  expect(turns).toBe(seen);
  nowMs += 9;
  await takeTurn();
  expect(turns).toBeGreaterThan(seen);
});

it('time that passes while nothing is asked for is no work', async () => {
  let nowMs = 0;
  const takeTurn = createTurns(() => nowMs);
  await takeTurn();
  await new Promise((resolve) => setImmediate(resolve));
  nowMs += 1_000;
  let hasTurned = false;
  setImmediate(() => {
    hasTurned = true;
  });
  await takeTurn();
  expect(hasTurned).toBe(false);
});
