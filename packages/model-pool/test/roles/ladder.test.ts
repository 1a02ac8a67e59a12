import { describe, expect, it } from 'vitest';
import { chooseModels, type InstalledModel } from '../../src/index.js';

const model = (
  name: string,
  bytes: number,
  kvBytesPerToken: number | null,
  more: Partial<InstalledModel> = {},
): InstalledModel => ({
  model: name,
  digest: null,
  bytes,
  capabilities: ['completion'],
  kvBytesPerToken,
  contextTokens: 32_768,
  ...more,
});

const library = [
  model('qwen2.5:7b', 4_683_087_332, 57_344),
  model('qwen2.5:1.5b', 986_061_892, 28_672),
  model('qwen2.5:0.5b', 397_821_319, 12_288),
  model('qwen3:14b', 9_276_198_565, 163_840),
  model('qwen3:8b', 5_225_388_164, 147_456),
  model('qwen3:4b-instruct', 2_497_000_000, 147_456),
  model('qwen3:1.7b', 1_359_293_444, 114_688),
];

const told = (budget: number, available: readonly InstalledModel[] = library) => {
  const choice = chooseModels({ budgetBytes: budget * 1e9, available });
  if (choice === null) return null;
  const { ux, planning } = choice;
  return `${ux.model} ${ux.contextTokens} + ${planning.model} ${planning.contextTokens}${ux === planning ? ' (one)' : ''}, ${choice.basis}`;
};

describe('the ladder for 20 budgets, everything installed', () => {
  const cases: [number, string | null][] = [
    [64, 'qwen2.5:7b 8192 + qwen3:14b 16384, ladder'],
    [24, 'qwen2.5:7b 8192 + qwen3:14b 16384, ladder'],
    [18.2, 'qwen2.5:7b 8192 + qwen3:14b 16384, ladder'],
    [18.1, 'qwen2.5:1.5b 8192 + qwen3:14b 16384, ladder'],
    [16, 'qwen2.5:1.5b 8192 + qwen3:14b 16384, ladder'],
    [14, 'qwen2.5:1.5b 8192 + qwen3:14b 16384, ladder'],
    [13.9, 'qwen2.5:1.5b 8192 + qwen3:14b 8192, ladder'],
    [12.7, 'qwen2.5:1.5b 8192 + qwen3:14b 8192, ladder'],
    [12.6, 'qwen2.5:1.5b 8192 + qwen3:8b 16384, ladder'],
    [9.7, 'qwen2.5:1.5b 8192 + qwen3:8b 16384, ladder'],
    [9.6, 'qwen2.5:1.5b 8192 + qwen3:4b-instruct 16384, ladder'],
    [7, 'qwen2.5:1.5b 8192 + qwen3:4b-instruct 16384, ladder'],
    [6.9, 'qwen2.5:1.5b 8192 + qwen3:4b-instruct 8192, ladder'],
    [5.8, 'qwen2.5:1.5b 8192 + qwen3:4b-instruct 8192, ladder'],
    [5.7, 'qwen2.5:1.5b 8192 + qwen3:1.7b 8192, ladder'],
    [4.2, 'qwen2.5:1.5b 8192 + qwen3:1.7b 8192, ladder'],
    [4.1, 'qwen2.5:1.5b 8192 + qwen2.5:1.5b 8192 (one), ladder'],
    [1.6, 'qwen2.5:1.5b 8192 + qwen2.5:1.5b 8192 (one), ladder'],
    [0.8, 'qwen2.5:0.5b 8192 + qwen2.5:0.5b 8192 (one), ladder'],
    [0.5, null],
  ];
  for (const [budget, expected] of cases) it(`${budget} GB: ${expected}`, () => expect(told(budget)).toBe(expected));

  it('what was chosen fits', () => {
    for (let budget = 0.8; budget < 30; budget += 0.1) {
      expect(
        chooseModels({ budgetBytes: budget * 1e9, available: library })?.needBytes,
        `${budget} GB`,
      ).toBeLessThanOrEqual(budget * 1e9 + 0.1e9);
    }
  });
});

describe('models that are on no rung', () => {
  const strangers = [
    model('huge:70b', 40e9, 300_000),
    model('big:13b', 8e9, 160_000),
    model('tiny:latest', 0.7e9, 10_000),
    model('vectors', 0.1e9, 1_000, { capabilities: ['embedding'] }),
  ];

  it('the smallest chat model talks and the largest that fits beside it works', () => {
    expect(told(64, strangers)).toBe('tiny:latest 8192 + huge:70b 16384, size');
    expect(told(20, strangers)).toBe('tiny:latest 8192 + big:13b 16384, size');
    expect(told(10, strangers)).toBe(
      'tiny:latest 8192 + big:13b 2048, size'
        .replace('big:13b 2048', 'tiny:latest 8192 (one)')
        .replace(', size', ', size'),
    );
  });

  it('one that fits serves both, with a smaller context where it has to', () => {
    expect(told(4, strangers)).toBe('tiny:latest 8192 + tiny:latest 8192 (one), size');
    expect(told(0.55, [model('small', 0.4e9, 12_000)])).toBe('small 4096 + small 4096 (one), size');
    expect(told(64, [model('only', 4e9, null)])).toBe('only 8192 + only 8192 (one), size');
  });

  it('a context goes no further than the model was made for', () => {
    expect(told(64, [model('short', 1e9, 1_000, { contextTokens: 2_048 })])).toBe(
      'short 2048 + short 2048 (one), size',
    );
  });

  it('a model that always thinks does not talk, unless there is no other', () => {
    const thinker = model('qwen3:4b', 2.5e9, 147_456);
    expect(told(64, [thinker, model('calm', 3e9, 100_000)])).toBe('calm 8192 + calm 8192 (one), size');
    expect(told(64, [thinker])).toBe('qwen3:4b 8192 + qwen3:4b 8192 (one), size');
  });

  it('embedders are none, also where the server does not say so', () => {
    expect(
      told(64, [
        model('nomic-embed-text', 0.3e9, null, { capabilities: null }),
        model('bge-m3', 0.3e9, null, { capabilities: null }),
      ]),
    ).toBeNull();
    expect(told(64, [])).toBeNull();
  });
});
