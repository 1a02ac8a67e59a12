import type { Decision } from './events.js';
import type { Id, Lane, Role } from './types.js';

/** State of a model in memory. */
export type ModelState = 'absent' | 'loading' | 'resident' | 'evicting' | 'failed';

/** One of the pool's own questions to a model: a single token, to see that it answers. */
export interface CanaryResult {
  /** Epoch ms. */
  readonly atMs: number;
  /** How long it took, ms. */
  readonly durationMs: number;
  /** Code of the failure; `null` = it answered. */
  readonly error: string | null;
}

/** A difference between a model as it is and as its profile, or its role, wants it. */
export interface ModelDrift {
  /** Context that was taken over from another client, tokens; `null` = it has its own. */
  readonly adoptedContextTokens: number | null;
  /** Digest of the files in memory where newer ones are installed; `null` = they are the newest. */
  readonly staleDigest: string | null;
  /** Roles that it is too slow for. */
  readonly tooSlowFor: readonly Role[];
}

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
  /** Whether its server counts the tokens of a prompt, as far as it is known; see `countTokens` of the pool. */
  readonly countsTokens: boolean;
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
  /** Memory it needs: learnt from its loads, else estimated from its files, bytes; `null` = not known. */
  readonly needBytes: number | null;
  /** Median of its loads, ms. */
  readonly loadMs: number | null;
  /** Time that 95 of 100 loads do not exceed, ms. */
  readonly loadP95Ms: number | null;
  /** Learnt rate of writing. */
  readonly tokensPerSecond: number | null;
  /** Learnt rate of reading a prompt. */
  readonly prefillTokensPerSecond: number | null;
  /** Median time to the first token of the newest five calls of `ux` that found it in memory, ms; `null` = there were fewer. */
  readonly firstTokenMs: number | null;
  /** `ok` = it answered since it was loaded; `suspect` = the last thing it was asked failed; `unknown` = not asked yet, or not in memory. */
  readonly health: 'ok' | 'suspect' | 'unknown';
  /** The pool's newest question to it. */
  readonly lastCanary: CanaryResult | null;
  /** How it differs from its profile. */
  readonly drift: ModelDrift;
  /** Name of the model in whose memory place it is, while that one works; `null` = nobody holds it back. */
  readonly heldBackBy: string | null;
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
  /** Memory beside the context, bytes, where the server says what it will be. @defaultValue not known: estimated from the files */
  readonly baseBytes?: number;
  /** Largest context it was made for, tokens; `null` = not known. */
  readonly contextTokens: number | null;
}

/** Something about a server that is unsafe. */
export interface BackendWarning {
  /** What. */
  readonly code: 'version-unsafe' | 'bound-beyond-loopback';
  /** What it means and what to do. */
  readonly message: string;
}

/** A backend. */
export interface BackendStatus {
  /** Name in the configuration. */
  readonly name: string;
  /** Kind, such as `ollama`. */
  readonly kind: string;
  /** Where it listens. */
  readonly url: string;
  /** Whether it answers; `unknown` before the first look, or the first call where it is only judged by its calls. */
  readonly state: 'up' | 'down' | 'unknown';
  /** Why it is down. */
  readonly error: string | null;
  /** For how long calls are kept away from it after failures, ms; 0 = they are not. */
  readonly openForMs: number;
  /** Whether its models are loaded and unloaded by request. */
  readonly residency: 'managed' | 'fixed';
  /** Whether its models take memory of this machine. */
  readonly isLocal: boolean;
  /** What is unsafe about it. */
  readonly warnings: readonly BackendWarning[];
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

/** A model in memory that is none of ours. */
export interface StrangerModel {
  /** Name of the backend. */
  readonly backend: string;
  /** Its name there. */
  readonly model: string;
  /** Memory it holds, bytes. */
  readonly bytes: number;
}

/** Memory of models. */
export interface MemoryStatus {
  /** Limit, bytes; `null` = none is set. */
  readonly budgetBytes: number | null;
  /** Where the limit comes from; `null` = none is set, or it was not measured yet. */
  readonly source: 'nvidia' | 'apple' | 'cpu' | 'configured' | null;
  /** What all models in the memory of local servers hold, bytes. */
  readonly heldBytes: number;
  /** Those that other clients loaded. The pool never takes them out. */
  readonly strangers: readonly StrangerModel[];
  /** Whether more is held than the limit allows. */
  readonly isExceeded: boolean;
}

/** A change of what is in memory. */
export interface ResidencyChange {
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** `ready` = it came; `lost` = it left unasked; `evict` = it left as planned; `reload` = it is loaded anew; `failed` = a load failed. */
  readonly change: 'ready' | 'lost' | 'evict' | 'reload' | 'failed';
  /** Why; of `ready`, who loaded it. */
  readonly reason: string;
  /** Of `ready`, how long the load took; of `lost` and `evict`, how long it had been there, ms; `null` = not known. */
  readonly durationMs: number | null;
}

/** Who is in memory and why. */
export interface ResidencyStatus {
  /** Whether the models of `ux` and `planning` fit together; `null` = not known. */
  readonly fits: boolean | null;
  /** Why the mode is what it is, with the numbers. */
  readonly reason: string;
  /** Who answers `ux` at the moment because the memory of its model is needed; `null` = its own. */
  readonly standIn: string | null;
  /** The newest hundred changes, oldest first. */
  readonly changes: readonly ResidencyChange[];
}

/** State of a pool. */
export interface PoolStatus {
  /** `together` = `ux` and `planning` have their own places in memory; `swap` = they take turns; `single` = one model serves both; `refuse` = the memory does not hold both, and what does not fit is refused. */
  readonly mode: 'together' | 'swap' | 'single' | 'refuse';
  /** Residency. */
  readonly residency: ResidencyStatus;
  /** Configured models. */
  readonly models: readonly ModelStatus[];
  /** Servers. */
  readonly backends: readonly BackendStatus[];
  /** Lanes. */
  readonly lanes: readonly LaneStatus[];
  /** Memory. */
  readonly memory: MemoryStatus;
}

/** What became of a request, or of all requests of a task, and why. */
export interface Explanation {
  /** The request; of several, the first one; of none, what was asked for. */
  readonly requestId: Id;
  /** All of them, oldest first. */
  readonly requestIds: readonly Id[];
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
  /** Name of a backend. @defaultValue the model's own, else the first one that fetches models */
  readonly backend?: string | undefined;
}
