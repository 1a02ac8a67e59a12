import type { JsonObject, Sampling } from '../../runner/protocol.js';
import { invalidRequest } from '../read-request.js';

/** A request's options with Ollama's defaults. */
export interface ReadOptions {
  readonly sampling: Sampling;
  /** `null` = as many as fit, at most ten contexts. */ readonly maxTokens: number | null;
  /** `null` = the engine's default. */ readonly contextTokens: number | null;
  /** `null` = as the model is loaded. */ readonly batchTokens: number | null;
  /** `null` = as the model is loaded. */ readonly gpuLayers: number | null;
  /** `null` = as the engine's rule says. */ readonly maxThreads: number | null;
  /** Keys that have no effect. */ readonly unknown: readonly string[];
}

type Range = readonly [type: 'integer' | 'float32', from: number, to: number];

const most = 2 ** 31 - 1;
const ranges = {
  temperature: ['float32', 0, 100],
  top_k: ['integer', -1, most],
  top_p: ['float32', 0, 1],
  min_p: ['float32', 0, 1],
  seed: ['integer', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  num_predict: ['integer', -2, most],
  repeat_penalty: ['float32', 0.01, 100],
  repeat_last_n: ['integer', -1, most],
  presence_penalty: ['float32', -100, 100],
  frequency_penalty: ['float32', -100, 100],
  num_ctx: ['integer', 1, most],
  num_batch: ['integer', 1, 65_536],
  num_gpu: ['integer', -1, most],
  num_thread: ['integer', 0, 4_096],
} as const satisfies Readonly<Record<string, Range>>;

type NumberOption = keyof typeof ranges;

/**
 * Reads `options` and fills in Ollama's defaults: temperature 0.8, top-k 40, top-p 0.9, no repeat penalty.
 *
 * @throws LocalEngineError `invalid-request` for a wrong type, in Ollama's words, and for a value out of range
 */
export function readOptions(options: JsonObject | null | undefined): ReadOptions {
  const given = options ?? {};
  const number = (name: NumberOption) => readNumber(name, Object.hasOwn(given, name) ? given[name] : null);
  const positive = (value: number | null) => (value !== null && value > 0 ? value : null);
  const seed = number('seed');
  const repeatLast = number('repeat_last_n') ?? 64;
  const gpuLayers = number('num_gpu');
  return {
    sampling: {
      temperature: number('temperature') ?? 0.8,
      topK: Math.max(0, number('top_k') ?? 40),
      topP: number('top_p') ?? 0.9,
      minP: number('min_p') ?? 0,
      // Negative is "another one each time" in Ollama; the engine's seeds are 32 bits.
      seed: seed === null || seed < 0 ? null : seed % 2 ** 32,
      stop: readStop(Object.hasOwn(given, 'stop') ? given.stop : null),
      repeatPenalty: number('repeat_penalty') ?? 1,
      repeatLastTokens: repeatLast < 0 ? most : repeatLast, // -1 = the whole context
      presencePenalty: number('presence_penalty') ?? 0,
      frequencyPenalty: number('frequency_penalty') ?? 0,
    },
    maxTokens: positive(number('num_predict')),
    contextTokens: number('num_ctx'),
    batchTokens: number('num_batch'),
    gpuLayers: gpuLayers !== null && gpuLayers < 0 ? null : gpuLayers,
    maxThreads: positive(number('num_thread')),
    unknown: Object.keys(given).filter((key) => key !== 'stop' && !Object.hasOwn(ranges, key)),
  };
}

function readNumber(name: NumberOption, value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const [type, from, to] = ranges[name];
  if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) {
    throw invalidRequest(`option "${name}" must be of type ${type}`);
  }
  if (!(value >= from && value <= to)) throw invalidRequest(`option "${name}" must be from ${from} to ${to}`);
  return value;
}

const mostStops = 64;

/** Texts that end an answer, as one or a list. @throws LocalEngineError `invalid-request` */
export function readStop(value: unknown): string[] {
  const list = Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
  if (!list.every((item) => typeof item === 'string')) throw invalidRequest('option "stop" must be of type array');
  if (list.length > mostStops) throw invalidRequest(`option "stop" must have at most ${mostStops} texts`);
  return list.filter((text) => text !== '');
}
