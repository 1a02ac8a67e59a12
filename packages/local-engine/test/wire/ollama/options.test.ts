import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOptions, readStop } from '../../../src/wire/ollama/options.js';

describe('options of a call', () => {
  it.each([[undefined], [null], [{}]])('%j are the defaults of Ollama', (options) => {
    expect(readOptions(options)).toEqual({
      sampling: {
        ...{ temperature: 0.8, topK: 40, topP: 0.9, minP: 0, seed: null, stop: [] },
        ...{ repeatPenalty: 1, repeatLastTokens: 64, presencePenalty: 0, frequencyPenalty: 0 },
      },
      ...{ maxTokens: null, contextTokens: null, batchTokens: null, gpuLayers: null, maxThreads: null },
      unknown: [],
    });
  });

  it('are taken over, each in its place', () => {
    const read = readOptions({
      ...{ temperature: 0, top_k: 5, top_p: 0.5, min_p: 0.1, seed: 7, num_predict: 12, stop: ['a', '', 'b'] },
      ...{ repeat_penalty: 1.1, repeat_last_n: 32, presence_penalty: 0.5, frequency_penalty: -0.5 },
      ...{ num_ctx: 512, num_batch: 256, num_gpu: 12, num_thread: 3 },
    });
    expect(read).toEqual({
      sampling: {
        ...{ temperature: 0, topK: 5, topP: 0.5, minP: 0.1, seed: 7, stop: ['a', 'b'] },
        ...{ repeatPenalty: 1.1, repeatLastTokens: 32, presencePenalty: 0.5, frequencyPenalty: -0.5 },
      },
      ...{ maxTokens: 12, contextTokens: 512, batchTokens: 256, gpuLayers: 12, maxThreads: 3 },
      unknown: [],
    });
  });

  it('that are unknown are named, and null is none', () => {
    const read = readOptions({ mirostat: 1, num_keep: 4, constructor: 1, temperature: null, stop: null });
    expect(read.unknown).toEqual(['mirostat', 'num_keep', 'constructor']);
    expect(read.sampling).toMatchObject({ temperature: 0.8, stop: [] });
  });

  it.each<[object, object]>([
    [{ num_predict: -1 }, { maxTokens: null }],
    [{ num_predict: -2 }, { maxTokens: null }],
    [{ num_predict: 0 }, { maxTokens: null }],
    [{ num_gpu: -1 }, { gpuLayers: null }],
    [{ num_gpu: 0 }, { gpuLayers: 0 }],
    [{ num_thread: 0 }, { maxThreads: null }],
    [{ top_k: -1 }, { sampling: { topK: 0 } }],
    [{ seed: -1 }, { sampling: { seed: null } }],
    [{ seed: 2 ** 32 + 5 }, { sampling: { seed: 5 } }],
    [{ repeat_last_n: 0 }, { sampling: { repeatLastTokens: 0 } }],
    [{ repeat_last_n: -1 }, { sampling: { repeatLastTokens: 2 ** 31 - 1 } }],
    [{ stop: 'x' }, { sampling: { stop: ['x'] } }],
  ])('%j mean %j', (options, expected) => {
    expect(readOptions({ ...options })).toMatchObject(expected);
  });

  it.each<[object, string]>([
    [{ temperature: 'hot' }, 'option "temperature" must be of type float32'],
    [{ temperature: [] }, 'option "temperature" must be of type float32'],
    [{ num_ctx: '4096' }, 'option "num_ctx" must be of type integer'],
    [{ num_ctx: true }, 'option "num_ctx" must be of type integer'],
    [{ top_k: 1.5 }, 'option "top_k" must be of type integer'],
    [{ seed: 2 ** 60 }, 'option "seed" must be from'],
    [{ stop: [1] }, 'option "stop" must be of type array'],
    [{ stop: 1 }, 'option "stop" must be of type array'],
  ])('%j are refused: %s', (options, message) => {
    expect(() => readOptions({ ...options })).toThrowError(
      expect.objectContaining({ code: 'invalid-request', message: expect.stringContaining(message) }),
    );
  });

  it.each([
    ...[
      ['temperature', -0.1, 100.1],
      ['top_k', -2, 2 ** 31],
      ['top_p', -0.1, 1.1],
      ['min_p', -0.1, 1.1],
    ],
    ...[
      ['num_predict', -3, 2 ** 31],
      ['repeat_penalty', 0, 101],
      ['repeat_last_n', -2, 2 ** 31],
    ],
    ...[
      ['presence_penalty', -101, 101],
      ['frequency_penalty', -101, 101],
      ['num_ctx', 0, 2 ** 31],
    ],
    ...[
      ['num_batch', 0, 65_537],
      ['num_gpu', -2, 2 ** 31],
      ['num_thread', -1, 4_097],
    ],
  ] as [string, number, number][])('%s is refused at %d and at %d', (name, below, above) => {
    for (const value of [below, above]) {
      expect(() => readOptions({ [name]: value }), String(value)).toThrowError(
        expect.objectContaining({ message: expect.stringContaining(`option "${name}" must be from`) }),
      );
    }
  });

  it('are read or refused as invalid-request, whatever stands there', () => {
    const keys = ['temperature', 'top_k', 'stop', 'seed', 'num_ctx', '__proto__', 'other'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (options) => {
        try {
          const { sampling } = readOptions(options);
          expect(sampling.temperature).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-request' });
        }
      }),
    );
  });
});

it('at most 64 stop texts are taken', () => {
  expect(readStop(Array(64).fill('x'))).toHaveLength(64);
  expect(() => readStop(Array(65).fill('x'))).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
});
