import { describe, expect, it } from 'vitest';
import { memoryRefusal } from '../../src/memory/memory-refusal.js';
import type { HeldModel } from '../../src/memory/plan.js';

const gb = 1e9;
const held = (name: string, bytes: number, more: Partial<HeldModel> = {}): HeldModel => ({
  ...{ name, bytes: bytes * gb, evictable: false, swappable: false, idleMs: 0 },
  ...more,
});
const refusal = (need: number, budget: number, models: readonly HeldModel[], isMeasured = false, most?: number) =>
  memoryRefusal(
    { name: 'large', needBytes: need * gb, budgetBytes: budget * gb, held: models },
    isMeasured,
    most === undefined ? null : most * gb,
  );

describe('memoryRefusal', () => {
  const table: [string, boolean, ReturnType<typeof refusal>][] = [
    ['one at work is in the way', true, refusal(6, 8, [held('other', 5)])],
    ['one that takes turns is in the way', true, refusal(6, 8, [held('small', 5, { stays: 'role', swappable: true })])],
    ['only one that stays is in the way', false, refusal(6, 8, [held('small', 3, { stays: 'role' })])],
    ['only one that was pinned is in the way', false, refusal(6, 8, [held('other', 3, { stays: 'pin' })])],
    ['only a stranger is in the way', false, refusal(6, 8, [held('ollama/x', 3, { stays: 'stranger' })])],
    ['also where memory is measured', false, refusal(6, 8, [held('small', 3, { stays: 'role' })], true)],
    ['the one at work is not enough', false, refusal(6, 8, [held('small', 3, { stays: 'role' }), held('other', 2)])],
    ['it is too large for the budget', false, refusal(9, 8, [])],
    ['it is too large for what is free now', true, refusal(9, 8, [], true, 9)],
    ['it is too large for the machine', false, refusal(9, 8, [], true, 8.9)],
    ['it never fits beside one that stays', false, refusal(9, 8, [held('small', 1, { stays: 'role' })], true, 9.9)],
  ];
  it.each(table)('%s: it may pass: %s', (_, passes, error) => {
    expect(error).toMatchObject({ code: 'memory-insufficient', retryable: passes });
  });

  it('says the numbers, and what to do about each that is in the way', () => {
    const error = refusal(6, 12, [
      held('small', 1.4, { stays: 'role' }),
      held('other', 3, { stays: 'pin' }),
      held('ollama/theirs', 4, { stays: 'stranger' }),
      held('busy', 1),
    ]);
    expect(error.message).toBe('large needs 6.0 GB, 9.4 GB of 12.0 GB are taken');
    expect(error.hint?.split('; or ')).toEqual([
      'unload other (3.0 GB), which was pinned by hand',
      'unload ollama/theirs (4.0 GB) where it was loaded',
      'give the role a smaller model, or large a smaller context',
      'let a smaller model than small (1.4 GB) stay',
      'raise the budget to 14.4 GB',
    ]);
    expect(error.details).toEqual({
      needBytes: 6 * gb,
      budgetBytes: 12 * gb,
      heldBytes: 9.4 * gb,
      stayingBytes: 8.4 * gb,
    });
  });

  it('advises to wait only where that may help, and to free memory where it is measured', () => {
    expect(refusal(6, 8, [held('busy', 5)]).hint).toMatch(/^wait for busy \(5\.0 GB\); or give/);
    expect(refusal(9, 8, [], true).hint).toMatch(/free memory: 9\.0 GB are needed in all$/);
    expect(refusal(9, 8, [], true, 8.9).hint).toBe('give the role a smaller model, or large a smaller context');
  });
});
