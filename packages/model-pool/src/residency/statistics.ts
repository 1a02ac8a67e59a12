import type { Role } from '../types.js';

/** The newest values, for a median and a high percentile. */
export class Sample {
  #values: number[] = [];

  /** Adds a value; the oldest of more than 32 is forgotten. */
  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > 32) this.#values.shift();
  }

  /** The value that a share of all does not exceed; `null` = there is none yet. */
  quantile(share: number): number | null {
    const sorted = [...this.#values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  }
}

/** A mean that follows: each value weighs 0.3. */
export function follow(mean: number | null, value: number): number {
  return mean === null ? value : mean + 0.3 * (value - mean);
}

/** What an answer says about the speed of its model. */
export interface Answer {
  /** Prompt tokens that were not cached. */
  readonly inputTokens: number;
  /** Written tokens. */
  readonly outputTokens: number;
  /** Reading the prompt, ms. */
  readonly prefillMs: number | null;
  /** Writing, ms. */
  readonly decodeMs: number | null;
  /** Who asked; `null` = the pool itself. */
  readonly role?: Role | null | undefined;
  /** From sending the request to a model in memory to the first piece, ms; `null` = not known. */
  readonly firstTokenMs?: number | null | undefined;
}

/** Learnt rates, tokens per second; `null` = nothing learnt yet. */
export class AnswerRates {
  #prefill: number | null = null;
  #decode: number | null = null;
  #answers = 0;

  /** Of reading. */
  get prefill(): number | null {
    return this.#prefill;
  }
  /** Of writing. */
  get decode(): number | null {
    return this.#decode;
  }
  /** Answers that the rate of writing was learnt from. */
  get answers(): number {
    return this.#answers;
  }

  /** Learns from an answer. A short prompt, or one from a cache, says nothing about the rate. */
  add({ inputTokens, outputTokens, prefillMs, decodeMs }: Answer): void {
    if (decodeMs !== null && decodeMs > 0 && outputTokens > 1) {
      this.#decode = follow(this.#decode, (outputTokens * 1000) / decodeMs);
      this.#answers += 1;
    }
    if (prefillMs !== null && prefillMs > 5 && inputTokens > 32)
      this.#prefill = follow(this.#prefill, (inputTokens * 1000) / prefillMs);
  }
}
