import type { JsonObject } from '../../types.js';

/** A model in the memory of the fake. */
export interface FakeRunner {
  /** Its name. */
  readonly model: string;
  /** Options that start a new runner when they change. */
  readonly options: RunnerFields;
  /** Context, tokens. */
  readonly contextTokens: number;
  /** What it holds, bytes. */
  readonly bytes: number;
  /** Hex digest of the files it was made of. */
  readonly digest: string;
  /** How long it stays after its last request, ms; infinite for ever. */
  keepMs: number;
  /** Epoch ms; while it is busy the time that was set last. */
  expiresAtMs: number;
  /** Requests that have it; it leaves only when there is none. */
  users: number;
  /** Requests that compute; those of leaked slots included. */
  computing: number;
  /** Requests that wait for a slot, in order. */
  readonly waiters: (() => void)[];
}

/** Options of a request that a runner is made of. */
export type RunnerFields = Readonly<Record<string, number | boolean>>;

const keys = ['num_ctx', 'num_batch', 'num_gpu', 'main_gpu', 'use_mmap', 'num_thread', 'draft_num_predict'];

/** What a runner for these options is made of. */
export function runnerFields(options: JsonObject, contextTokens: number): RunnerFields {
  const fields: Record<string, number | boolean> = { num_ctx: contextTokens };
  for (const key of keys) {
    const value = options[key];
    if (typeof value === 'number' || typeof value === 'boolean') fields[key] = value;
  }
  return fields;
}

/** Whether a runner serves a request with these fields. `num_gpu: -1` never differs. */
export function isSameRunner(has: RunnerFields, wanted: RunnerFields): boolean {
  return keys.every((key) => has[key] === wanted[key] || (key === 'num_gpu' && wanted[key] === -1));
}

/** Who leaves for another model: idle ones first, then the shortest stay, then the first by name. */
export function chooseVictim(runners: readonly FakeRunner[]): FakeRunner | null {
  const [victim] = [...runners].sort(
    (a, b) => Number(a.users > 0) - Number(b.users > 0) || compare(a.keepMs, b.keepMs) || (a.model < b.model ? -1 : 1),
  );
  return victim ?? null;
}

/** Order of two numbers that may both be infinite. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
