import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeldModel, planLoad } from '../../src/memory/plan.js';

const held = (name: string, bytes: number, more: Partial<HeldModel> = {}): HeldModel => ({
  name,
  bytes,
  evictable: false,
  swappable: false,
  idleMs: 0,
  ...more,
});
const plan = (needBytes: number, budgetBytes: number, ...models: HeldModel[]) =>
  planLoad({ name: 'wanted', needBytes, budgetBytes, held: models });
const idle = (idleMs: number) => ({ evictable: true, idleMs });

describe('planLoad', () => {
  it('nobody leaves where there is room', () => {
    expect(plan(3, 10, held('a', 7, idle(1)))).toEqual({ fits: true, victims: [], isSwap: false, heldBytes: 7 });
  });
  it('the longest idle leaves first, and no more than needed', () => {
    const models = [held('new', 3, idle(1)), held('old', 3, idle(9)), held('core', 3)];
    expect(plan(5, 10, ...models).victims).toEqual(['old', 'new']);
    expect(plan(4, 10, ...models).victims).toEqual(['old']);
  });
  it('a small one stays where a large one leaves anyway', () => {
    expect(plan(6, 10, held('old', 1, idle(9)), held('new', 7, idle(1))).victims).toEqual(['new']);
  });
  it('a core model never leaves', () => {
    expect(plan(8, 10, held('core', 3))).toEqual({ fits: false, victims: [], isSwap: false, heldBytes: 3 });
  });
  it('one that takes turns leaves only where those on demand are not enough', () => {
    const turn = held('ux', 5, { swappable: true, idleMs: 99 });
    expect(plan(4, 10, turn, held('other', 4, idle(1)))).toMatchObject({ victims: ['other'], isSwap: false });
    expect(plan(8, 10, turn, held('other', 4, idle(1)))).toMatchObject({ victims: ['ux', 'other'], isSwap: true });
    expect(plan(5, 10, turn, held('other', 4, idle(1)))).toMatchObject({ victims: ['other'], isSwap: false });
    expect(plan(11, 10, turn, held('other', 4, idle(1)))).toMatchObject({ fits: false });
  });
  it('memory that is over its limit already is made to fit, or refused', () => {
    expect(plan(1, 10, held('a', 12, idle(1)))).toMatchObject({ fits: true, victims: ['a'] });
    expect(plan(1, 10, held('stranger', 12))).toMatchObject({ fits: false, heldBytes: 12 });
  });

  it('a plan that fits keeps the budget, takes out nobody who may not leave, and nobody in vain', () => {
    const model = fc.record({
      bytes: fc.integer({ min: 1, max: 20 }),
      evictable: fc.boolean(),
      swappable: fc.boolean(),
      idleMs: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(
        fc.array(model, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        (models, needBytes, budgetBytes) => {
          const all = models.map((entry, index) => ({ name: String(index), ...entry }));
          const { fits, victims, heldBytes } = planLoad({ name: 'wanted', needBytes, budgetBytes, held: all });
          const find = (name: string) => all[Number(name)] as HeldModel;
          const freed = victims.reduce((sum, name) => sum + find(name).bytes, 0);
          const mayLeave = all.filter(({ evictable, swappable }) => evictable || swappable);
          const most = mayLeave.reduce((sum, { bytes }) => sum + bytes, 0);
          expect(fits).toBe(heldBytes - most + needBytes <= budgetBytes);
          if (!fits) return;
          expect(heldBytes - freed + needBytes).toBeLessThanOrEqual(budgetBytes);
          for (const name of victims) {
            expect(find(name).evictable || find(name).swappable).toBe(true);
            expect(heldBytes - freed + find(name).bytes + needBytes).toBeGreaterThan(budgetBytes);
          }
        },
      ),
    );
  });
});
