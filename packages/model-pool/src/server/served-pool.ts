import type { CallEvent, PoolEvent } from '../events.js';
import type { ManageOptions } from '../pool.js';
import type { Explanation, ModelStatus, PoolStatus, PullOptions } from '../status.js';
import type { CallRequest, CountRequest, DecideRequest, DecideResult, EmbedRequest, EmbedResult } from '../types.js';

/** What of a pool is served; a pool of this process has it, and so has a remote of another one. */
export interface ServedPool {
  /** Calls a model. */
  call(request: CallRequest): AsyncIterableIterator<CallEvent>;
  /** Vectors. */
  embed(request: EmbedRequest): Promise<EmbedResult>;
  /** Answers to questions. */
  decide(request: DecideRequest): Promise<DecideResult>;
  /** Tokens of a prompt, where its model's server counts. */
  countTokens(request: CountRequest, options?: ManageOptions): Promise<number | null>;
  /** State of everything. */
  status(): PoolStatus | Promise<PoolStatus>;
  /** Why a request went as it did. */
  explain(id: string): Explanation | Promise<Explanation>;
  /** Tells a listener every event; returns a function that takes it back. */
  subscribe(listener: (event: PoolEvent) => void): () => void;
  /** Loads a model. */
  load(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Takes a model out of memory, unless its role keeps it there. */
  unload(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Keeps a model in memory. */
  pin(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Fetches a model. */
  pull(model: string, options?: PullOptions): Promise<void>;
}
