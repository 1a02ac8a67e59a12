import { describe, expect, it } from 'vitest';
import { chooseMode, type ModeView } from '../../src/residency/mode.js';

const view = (more: Partial<ModeView> = {}): ModeView => ({
  ux: 'small',
  planning: 'large',
  uxBytes: 6e9,
  planningBytes: 12e9,
  budgetBytes: 18e9,
  maySwap: false,
  ...more,
});

describe('chooseMode', () => {
  const table: [string, Partial<ModeView>, string, boolean | null][] = [
    ['both fit', {}, 'together', true],
    ['one byte too much', { budgetBytes: 18e9 - 1 }, 'refuse', false],
    ['one byte too much, and turns are allowed', { budgetBytes: 18e9 - 1, maySwap: true }, 'swap', false],
    ['both fit, and turns are allowed', { maySwap: true }, 'together', true],
    ['planning alone is too large for turns', { budgetBytes: 11e9, maySwap: true }, 'refuse', false],
    ['ux alone is too large', { uxBytes: 19e9, maySwap: true }, 'refuse', false],
    ['one model for both', { planning: 'small' }, 'single', null],
    ['no limit', { budgetBytes: null }, 'together', null],
    ['a size is not known', { uxBytes: null }, 'together', null],
    ['the other size is not known', { planningBytes: null }, 'together', null],
    ['no role planning', { planning: null }, 'together', null],
    ['no role at all', { ux: null, planning: null }, 'together', null],
  ];
  for (const [name, more, mode, fits] of table)
    it(name, () => expect(chooseMode(view(more))).toMatchObject({ mode, fits }));

  it('the reason has the numbers', () => {
    expect(chooseMode(view({ budgetBytes: 16e9 })).reason).toBe(
      'small needs 6.0 GB and large 12.0 GB of 16.0 GB: large is refused while small stays',
    );
    expect(chooseMode(view({ budgetBytes: 16e9, maySwap: true })).reason).toContain('they take turns');
    expect(chooseMode(view({ budgetBytes: 11e9, maySwap: true })).reason).toContain('large alone is too large');
    expect(chooseMode(view({ uxBytes: 19e9 })).reason).toContain('small alone is too large');
  });
});
