import { describe, expect, it } from 'vitest';
import { poolError } from '../../src/calls/call-error.js';
import { LoadRest } from '../../src/residency/load-rest.js';

const failed = poolError('load-failed', 'it died');

describe('LoadRest', () => {
  it('doubles from 30 s to 10 min and begins anew after a load', () => {
    const rest = new LoadRest();
    expect(rest.restMs(0)).toBe(0);
    const found = Array.from({ length: 6 }, () => {
      expect(rest.failed(failed, 0)).toBe(true);
      return rest.restMs(0);
    });
    expect(found).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000]);
    expect(rest.restMs(599_000)).toBe(1_000);
    rest.loaded();
    expect([rest.restMs(0), rest.error]).toEqual([0, null]);
    rest.failed(failed, 0);
    expect(rest.restMs(0)).toBe(30_000);
  });

  it('a failure that does not lie in the model is no reason to rest', () => {
    const rest = new LoadRest();
    const error = poolError('memory-insufficient', 'full', { details: { needBytes: 2, budgetBytes: 1, heldBytes: 0 } });
    expect(rest.failed(error, 0)).toBe(false);
    expect(rest.restMs(0)).toBe(0);
    expect(rest.error).toBe(error);
  });

  it('a server that has no room for it has tried, and is not asked again at once', () => {
    const rest = new LoadRest();
    expect(rest.failed(poolError('memory-insufficient', 'full', { details: { status: 500, needBytes: 2 } }), 0)).toBe(
      true,
    );
    expect(rest.restMs(0)).toBe(30_000);
  });
});
