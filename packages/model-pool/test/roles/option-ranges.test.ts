import { describe, expect, it } from 'vitest';
import { createModelPool, type ModelPoolOptions } from '../../src/index.js';
import { checkRanges } from '../../src/roles/option-ranges.js';
import { poolOptions } from '../setup/open-pool.js';

const model = { backend: 'fake', model: 'small:1b', contextTokens: 4096 };
const withRunner = (runner: object): Partial<ModelPoolOptions> => ({ models: { small: { ...model, runner } } });
const linger = (lingerMs: number): Partial<ModelPoolOptions> => ({
  roles: { ux: { candidates: ['small'], lingerMs } },
});
const options = (more: Partial<ModelPoolOptions>) => ({ ...poolOptions('http://127.0.0.1:1'), ...more });

const wrong: [string, Partial<ModelPoolOptions>][] = [
  ['models.small.runner.batchTokens', withRunner({ batchTokens: -1 })],
  ['models.small.runner.batchTokens', withRunner({ batchTokens: 1.5 })],
  ['models.small.runner.gpuLayers', withRunner({ gpuLayers: -2 })],
  ['models.small.runner.threads', withRunner({ threads: Number.NaN })],
  ['models.small.runner.threads', withRunner({ threads: '4' })],
  ['roles.ux.lingerMs', linger(-1)],
  ['roles.ux.lingerMs', linger(Number.POSITIVE_INFINITY)],
  ['memory.budget', { memory: { budget: -1 } }],
  ['memory.budget', { memory: { budget: Number.NaN } }],
  ['residency.busyMs', { residency: { busyMs: 0 } }],
  ['residency.idleMs', { residency: { idleMs: Number.NaN } }],
  ['residency.restoreAfterMs', { residency: { restoreAfterMs: -5 } }],
  ['health.canaryMs', { health: { canaryMs: 0 } }],
  ['timers.connectMs', { timers: { connectMs: 0 } }],
  ['timers.loadMaxMs', { timers: { loadMaxMs: Number.POSITIVE_INFINITY } }],
  ['timers.stallMs', { timers: { stallMs: 2 ** 31 } }],
  ['timers.loadMinMs', { timers: { loadMinMs: 2_000, loadMaxMs: 1_000 } }],
];

describe('numbers of the options', () => {
  it.each(wrong)('%s is refused where it cannot be meant: %j', (place, more) => {
    expect(() => createModelPool(options(more))).toThrow(
      expect.objectContaining({ code: 'configuration', retryable: false, details: { place } }),
    );
  });

  it('are taken at the ends of their ranges, or left out', () => {
    const right: Partial<ModelPoolOptions>[] = [
      {},
      withRunner({ batchTokens: 1, gpuLayers: -1, threads: 0 }),
      linger(0),
      { memory: { budget: 'auto' } },
      { memory: { budget: 0 } },
      { health: { canaryMs: null } },
      { residency: { busyMs: 1, idleMs: 1, restoreAfterMs: 0 } },
      { timers: { loadMinMs: 1, loadMaxMs: 1, stallMs: 2 ** 31 - 1 } },
    ];
    for (const more of right) expect(() => checkRanges(options(more))).not.toThrow();
  });
});
