import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { ModelUse } from '../../src/residency/model-use.js';

function openUse() {
  const clock = manualClock();
  return { clock, use: new ModelUse({ ...clock, monotonicMs: clock.now }) };
}

describe('requests for a model', () => {
  it('are on their way until each of them ended', () => {
    const { use } = openUse();
    const stops = [use.ask(), use.ask()];
    stops[0]?.();
    expect(use.isAsked).toBe(true);
    stops[1]?.();
    expect(use.isAsked).toBe(false);
  });

  it('may have brought it into memory until its server was asked after their end and did not have it', async () => {
    const { clock, use } = openUse();
    expect(use.wasAsked).toBe(false);
    const stop = use.ask();
    await clock.advance(10);
    const askedMs = clock.now();
    await clock.advance(10);
    stop();
    use.missed(askedMs);
    expect(use.wasAsked).toBe(true);
    use.missed(clock.now());
    expect(use.wasAsked).toBe(false);
    use.missed(askedMs);
    expect(use.wasAsked).toBe(false);
  });
});
