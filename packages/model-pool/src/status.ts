import type { Decision } from './events.js';
import type { Id, Lane, Role } from './types.js';

/** State of a model in memory. */
export type ModelState = 'absent' | 'loading' | 'resident' | 'evicting' | 'failed';

/** A configured model; also a candidate for whoever chooses models. */
export interface ModelStatus {
  /** Name in the configuration. */
  readonly id: string;
  /** The same, for people. */
  readonly name: string;
  /** Roles that it serves. */
  readonly roles: readonly Role[];
  /** Name of its backend. */
  readonly backend: string;
  /** Its name on the server. */
  readonly model: string;
  /** Hex digest, where known. */
  readonly digest: string | null;
  /** Size of the context, tokens. */
  readonly contextTokens: number;
  /** Largest answer, tokens. */
  readonly maxOutputTokens: number;
  /** Whether a call would be answered without a load. */
  readonly ready: boolean;
  /** Whether it is kept in memory. */
  readonly resident: 'always' | 'on-demand';
  /** Its state. */
  readonly state: ModelState;
  /** For how long, ms. */
  readonly sinceMs: number;
  /** Memory it holds, where the server says, bytes. */
  readonly memoryBytes: number | null;
  /** Median of its loads, ms. */
  readonly loadMs: number | null;
  /** Learnt rate of writing. */
  readonly tokensPerSecond: number | null;
  /** Time it should have been in memory and was not, ms. */
  readonly residencyLostMs: number;
  /** Why it could not be loaded last time. */
  readonly error: string | null;
}

/** A model on a server, configured or not. */
export interface InstalledModel {
  /** Its name. */
  readonly model: string;
  /** Hex digest. */
  readonly digest: string | null;
  /** Size of its files, bytes. */
  readonly bytes: number;
  /** What it can do, such as `completion` or `embedding`; `null` = the server does not say. */
  readonly capabilities: readonly string[] | null;
  /** Memory of one token of context, bytes; `null` = not known. */
  readonly kvBytesPerToken: number | null;
  /** Largest context it was made for, tokens; `null` = not known. */
  readonly contextTokens: number | null;
}

/** A backend. */
export interface BackendStatus {
  /** Name in the configuration. */
  readonly name: string;
  /** Kind. */
  readonly kind: 'ollama';
  /** Where it listens. */
  readonly url: string;
  /** Whether it answers; `unknown` before the first look. */
  readonly state: 'up' | 'down' | 'unknown';
  /** Its version. */
  readonly version: string | null;
  /** Name of an engine other than Ollama. */
  readonly engine: string | null;
  /** Models on it. */
  readonly installed: readonly InstalledModel[];
}

/** A lane. */
export interface LaneStatus {
  /** Which. */
  readonly lane: Lane;
  /** Calls that wait. */
  readonly waiting: number;
  /** Calls that run. */
  readonly running: number;
}

/** Memory of models. */
export interface MemoryStatus {
  /** Limit, bytes; `null` = none is set. */
  readonly budgetBytes: number | null;
  /** What all models in the servers' memory hold, bytes. */
  readonly heldBytes: number;
}

/** State of a pool. */
export interface PoolStatus {
  /** `single` = one model serves `ux` and `planning`. */
  readonly mode: 'together' | 'single';
  /** Configured models. */
  readonly models: readonly ModelStatus[];
  /** Servers. */
  readonly backends: readonly BackendStatus[];
  /** Lanes. */
  readonly lanes: readonly LaneStatus[];
  /** Memory. */
  readonly memory: MemoryStatus;
}

/** What became of a request and why. */
export interface Explanation {
  /** The request. */
  readonly requestId: Id;
  /** For people. */
  readonly sentences: readonly string[];
  /** For programs. */
  readonly decisions: readonly Decision[];
}

/** How far a pull is. */
export interface PullProgress {
  /** The server's own words. */
  readonly status: string;
  /** Which file. */
  readonly digest: string | null;
  /** Bytes here. */
  readonly completedBytes: number | null;
  /** Bytes in all. */
  readonly totalBytes: number | null;
}

/** Options of a pull. */
export interface PullOptions {
  /** Stops it; what was fetched stays for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far it is. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** Name of a backend. @defaultValue the model's own, else the first one */
  readonly backend?: string | undefined;
}
