import type { Parts } from '../parts.js';
import { tokenizerOf } from '../tokens/message-counts.js';
import type { CallOptions, JsonObject, JsonValue, ModelWindow } from '../types.js';
import { type LearnedMargin, learnMargin, noMargin } from './margin.js';

/** Samples after which not every one is written at once. */
const eagerSamples = 30;
/** How many may then be unwritten. */
const unwrittenSamples = 10;

/** What was learnt of each tokenizer, in memory and in the store. */
export interface LearnedMargins {
  get(model: ModelWindow, options: CallOptions): Promise<LearnedMargin>;
  learn(
    tokenizer: string,
    sample: { readonly estimate: number; readonly real: number },
    options: CallOptions,
  ): Promise<void>;
  /** Writes what was not yet written. */
  close(): Promise<void>;
}

/** Keeps margins by digest; a model with another digest begins anew. */
export function createLearnedMargins({ store, clock }: Pick<Parts, 'store' | 'clock'>): LearnedMargins {
  const known = new Map<string, LearnedMargin>();
  const unwritten = new Map<string, number>();

  async function read(tokenizer: string, options: CallOptions): Promise<LearnedMargin> {
    const margin = known.get(tokenizer);
    if (margin) return margin;
    const stored = parse(await store.read((queries) => queries.learned.get(keyOf(tokenizer)), options));
    const before = known.get(tokenizer) ?? stored; // Another call may have learnt meanwhile.
    known.set(tokenizer, before);
    return before;
  }

  async function write(tokenizer: string, options: CallOptions): Promise<void> {
    unwritten.delete(tokenizer);
    const { errors, shortErrors } = known.get(tokenizer)!;
    const value: JsonObject = { errors: errors.map(rounded), shortErrors: shortErrors.map(rounded) };
    await store.write((queries) => queries.learned.put(keyOf(tokenizer), value, Math.round(clock.now())), options);
  }

  return {
    get: (model, options) => read(tokenizerOf(model), options),
    async learn(tokenizer, { estimate, real }, options) {
      const before = await read(tokenizer, options);
      const after = learnMargin(before, estimate, real);
      known.set(tokenizer, after);
      const open = (unwritten.get(tokenizer) ?? 0) + 1;
      unwritten.set(tokenizer, open);
      if (after.errors.length < eagerSamples || open >= unwrittenSamples) await write(tokenizer, options);
    },
    async close() {
      for (const tokenizer of unwritten.keys()) await write(tokenizer, {});
    },
  };
}

function keyOf(tokenizer: string): string {
  return `margin:${tokenizer}`;
}

function parse(value: JsonValue): LearnedMargin {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return noMargin;
  const { errors, shortErrors } = value as JsonObject;
  return { errors: numbers(errors), shortErrors: numbers(shortErrors) };
}

function numbers(value: JsonValue | undefined): number[] {
  return Array.isArray(value) ? value.filter((one): one is number => typeof one === 'number') : [];
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
