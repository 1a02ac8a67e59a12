import { describe, expect, it } from 'vitest';
import { createModelPool, type ModelPoolOptions } from '../../src/index.js';
import { checkConfiguration } from '../../src/roles/configuration.js';
import { formatKeepAlive } from '../../src/roles/profile.js';
import { poolOptions } from '../setup/open-pool.js';

const options = (more: Partial<ModelPoolOptions> = {}) => poolOptions('http://127.0.0.1:1', more);

describe('checkConfiguration', () => {
  it('the model of ux stays, the one of planning lingers, and options are frozen', () => {
    const { models } = checkConfiguration(options());
    expect(models.get('small')).toMatchObject({
      resident: 'always',
      roles: ['ux'],
      profile: { keepAlive: -1, runner: { num_ctx: 4096 }, slots: 1 },
    });
    expect(models.get('large')).toMatchObject({
      resident: 'on-demand',
      roles: ['planning'],
      profile: { keepAlive: '10m' },
    });
    expect(Object.isFrozen(models.get('small')?.profile)).toBe(true);
  });

  it('a model of two roles stays if one of them says so, and lingers for the longer one', () => {
    const { models } = checkConfiguration(
      options({
        roles: {
          ux: { candidates: ['small'] },
          planning: { candidates: ['small', 'large'], lingerMs: 5_000 },
          embed: { candidates: ['large'], lingerMs: 90_000 },
        },
      }),
    );
    expect(models.get('small')?.profile.keepAlive).toBe(-1);
    expect(models.get('large')?.profile.keepAlive).toBe('90s');
  });

  it('the options of the runner have the names of the server', () => {
    const { models } = checkConfiguration(
      options({
        models: {
          small: {
            backend: 'fake',
            model: 'a',
            contextTokens: 10,
            runner: { batchTokens: 1, gpuLayers: 2, threads: 3 },
          },
          large: { backend: 'fake', model: 'b', contextTokens: 10 },
        },
      }),
    );
    expect(models.get('small')?.profile.runner).toEqual({ num_ctx: 10, num_batch: 1, num_gpu: 2, num_thread: 3 });
  });

  const small = { backend: 'fake', model: 'small:1b', contextTokens: 4096 };
  const wrong: Record<string, Partial<ModelPoolOptions>> = {
    'an unknown backend': { models: { small: { ...small, backend: 'other' }, large: small } },
    'a name with a space at its end': { models: { small: { ...small, model: 'small:1b ' }, large: small } },
    'an empty name': { models: { small: { ...small, model: '' }, large: small } },
    'an unknown candidate': { roles: { ux: { candidates: ['nobody'] } } },
    'no candidates': { roles: { ux: { candidates: [] } } },
    'a role twice by an alias': { roles: { ux: { candidates: ['small'] }, conversation: { candidates: ['small'] } } },
    'an unknown role': { roles: { boss: { candidates: ['small'] } } as unknown as ModelPoolOptions['roles'] },
    'one model under two names': { models: { small, large: { ...small, contextTokens: 2048 } } },
    'one model under two names, once with its usual tag': {
      models: { small: { ...small, model: 'tiny' }, large: { ...small, model: 'tiny:latest' } },
    },
    'a backend that only every object has': { models: { small: { ...small, backend: 'toString' }, large: small } },
    'a candidate that only every object has': { roles: { ux: { candidates: ['constructor'] } } },
    'a context of 0': { models: { small: { ...small, contextTokens: 0 }, large: { ...small, model: 'large:8b' } } },
    'half a slot': { models: { small: { ...small, slots: 0.5 }, large: { ...small, model: 'large:8b' } } },
    'a negative answer': {
      models: { small: { ...small, maxOutputTokens: -1 }, large: { ...small, model: 'large:8b' } },
    },
    'a url that is none': { backends: { fake: { kind: 'ollama', url: 'nowhere' } } },
  };
  for (const [name, more] of Object.entries(wrong)) {
    it(`${name} is refused`, () => {
      expect(() => createModelPool(options(more))).toThrow(
        expect.objectContaining({ code: 'configuration', retryable: false }),
      );
    });
  }

  it('keep_alive is never the string "-1"', () => {
    expect([null, 600_000, 90_000, 5_000, 10, 0].map(formatKeepAlive)).toEqual([-1, '10m', '90s', '5s', '1s', '1s']);
  });
});
