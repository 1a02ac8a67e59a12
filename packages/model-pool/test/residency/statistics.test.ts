import { describe, expect, it } from 'vitest';
import { Absence } from '../../src/residency/absence.js';
import { ModelFacts } from '../../src/residency/model-facts.js';
import { type Answer, AnswerRates, follow, Sample } from '../../src/residency/statistics.js';

const answer = (more: Partial<Answer> = {}): Answer => ({
  inputTokens: 100,
  outputTokens: 50,
  prefillMs: 1_000,
  decodeMs: 500,
  ...more,
});

describe('Sample', () => {
  it('gives a median and a high percentile of the newest 32', () => {
    const sample = new Sample();
    expect(sample.quantile(0.5)).toBeNull();
    for (let value = 1; value <= 40; value += 1) sample.add(value);
    expect([0, 0.5, 0.95, 1].map((share) => sample.quantile(share))).toEqual([9, 25, 39, 40]);
  });
});

describe('AnswerRates', () => {
  it('follow with a weight of 0.3', () => {
    expect([follow(null, 10), follow(10, 20)]).toEqual([10, 13]);
    const rates = new AnswerRates();
    rates.add(answer());
    expect([rates.prefill, rates.decode, rates.answers]).toEqual([100, 100, 1]);
    rates.add(answer({ decodeMs: 1_000 }));
    expect(rates.decode).toBe(85);
  });
  it('learn nothing from what says nothing', () => {
    const rates = new AnswerRates();
    for (const more of [
      { outputTokens: 1, prefillMs: 5 },
      { decodeMs: null, prefillMs: null },
      { decodeMs: 0, inputTokens: 32 },
    ])
      rates.add(answer(more));
    expect([rates.prefill, rates.decode, rates.answers]).toEqual([null, null, 0]);
  });
});

describe('Absence', () => {
  it('adds up what is over and what is under way', () => {
    const absence = new Absence();
    expect(absence.end(5)).toBeNull();
    absence.begin(10);
    absence.begin(15);
    expect(absence.totalMs(20)).toBe(10);
    expect(absence.end(30)).toBe(20);
    absence.begin(50);
    expect(absence.totalMs(51)).toBe(21);
  });
});

describe('ModelFacts', () => {
  it('health follows the last thing that a model was asked', () => {
    const facts = new ModelFacts();
    expect(facts.health).toBe('unknown');
    facts.answered(answer());
    expect(facts.health).toBe('ok');
    facts.doubted('context-too-long', 1);
    facts.doubted(null, 2);
    expect(facts.health).toBe('ok');
    facts.doubted('stalled', 3);
    expect(facts.health).toBe('suspect');
    facts.arrived();
    expect(facts.health).toBe('unknown');
    facts.doubted('stream-broken', 4);
    expect(facts).toMatchObject({ health: 'suspect', brokenMs: 4 });
    facts.answered(answer());
    expect(facts.brokenMs).toBeNull();
  });

  it('only answers to people of ux tell how long they wait, and the pool itself is nobody', () => {
    const facts = new ModelFacts();
    for (let count = 0; count < 5; count += 1) {
      facts.answered(answer({ role: 'planning', firstTokenMs: 9_000 }));
      facts.answered(answer({ role: null, firstTokenMs: 9_000 }));
      facts.answered(answer({ role: 'ux', firstTokenMs: null }));
    }
    expect(facts.firstTokens.medianMs).toBeNull();
    for (let count = 0; count < 5; count += 1) facts.answered(answer({ role: 'ux', firstTokenMs: 2_000 }));
    expect(facts.slowness(['ux', 'planning'])).toEqual([{ role: 'ux', measured: 2_000, limit: 1_000 }]);
    expect(facts.slowness(['planning'])).toEqual([]);
  });

  it('a caller that is answered clears the failures of the pool’s own questions; such a question does not', () => {
    const facts = new ModelFacts();
    const failed = { atMs: 1, durationMs: 1, error: 'stalled' };
    facts.canary.add(failed);
    facts.answered(answer({ role: null }));
    expect(facts.canary.failures).toBe(1);
    facts.answered(answer({ role: 'ux' }));
    expect(facts.canary.failures).toBe(0);
  });
});
