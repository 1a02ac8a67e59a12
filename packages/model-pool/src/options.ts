import type { CallGate, Clock, Id, Lane, Logger, RoleName, Think } from './types.js';

/** A server that speaks Ollama's API: Ollama itself or local-engine. */
export interface BackendOptions {
  /** The API. */
  readonly kind: 'ollama';
  /** Where it listens, such as `http://127.0.0.1:11434`. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
}

/** Options that start a new runner when they change; frozen per model and sent with every request. */
export interface RunnerOptions {
  /** Prompt tokens per batch. */
  readonly batchTokens?: number | undefined;
  /** Layers on the GPU. */
  readonly gpuLayers?: number | undefined;
  /** Threads of the CPU. */
  readonly threads?: number | undefined;
}

/** A model on a backend. */
export interface ModelOptions {
  /** Name of a backend. */
  readonly backend: string;
  /** The model's name on that server. */
  readonly model: string;
  /** Size of the context, tokens. */
  readonly contextTokens: number;
  /** Largest answer, tokens. @defaultValue `contextTokens` */
  readonly maxOutputTokens?: number | undefined;
  /** Whether it thinks. @defaultValue `false` */
  readonly think?: Think | undefined;
  /** Calls at the same time. @defaultValue `1` */
  readonly slots?: number | undefined;
  /** Options of the runner. */
  readonly runner?: RunnerOptions | undefined;
}

/** Which models serve a role. */
export interface RoleOptions {
  /** Names of models, the preferred one first. */
  readonly candidates: readonly string[];
  /** `always` = loaded at start and restored. @defaultValue `always` for `ux`, else `on-demand` */
  readonly resident?: 'always' | 'on-demand' | undefined;
  /** How long an unused model on demand stays loaded, ms. @defaultValue `600000` */
  readonly lingerMs?: number | undefined;
  /** The lane of its calls. @defaultValue the role's own; `background` for `embed` */
  readonly lane?: Lane | undefined;
}

/** How often the residency loop looks, ms. */
export interface ResidencyOptions {
  /** While there is work or something is wrong. @defaultValue `2000` */
  readonly busyMs?: number | undefined;
  /** Otherwise. @defaultValue `10000` */
  readonly idleMs?: number | undefined;
}

/** Limits of waiting, ms. */
export interface TimerOptions {
  /** For a connection. @defaultValue `2000` */
  readonly connectMs?: number | undefined;
  /** For a health question. @defaultValue `5000` */
  readonly probeMs?: number | undefined;
  /** Least time for a load. @defaultValue `60000` */
  readonly loadMinMs?: number | undefined;
  /** Most time for a load, and the time of a load nothing is known about. @defaultValue `600000` */
  readonly loadMaxMs?: number | undefined;
  /** Least time for the first piece of an answer. @defaultValue `20000` */
  readonly firstTokenMinMs?: number | undefined;
  /** Between two pieces of an answer. @defaultValue `30000` */
  readonly stallMs?: number | undefined;
}

/** Limit of memory. */
export interface MemoryOptions {
  /** Bytes for all loaded models together, or `auto` to measure the machine. */
  readonly budget: 'auto' | number;
}

/** Options of {@link createModelPool}. */
export interface ModelPoolOptions {
  /** Servers by name. */
  readonly backends: Readonly<Record<string, BackendOptions>>;
  /** Models by name. */
  readonly models: Readonly<Record<string, ModelOptions>>;
  /** Roles; an alias may stand for its role. */
  readonly roles: Readonly<Partial<Record<RoleName, RoleOptions>>>;
  /** Limit of memory; not checked where it is left out. */
  readonly memory?: MemoryOptions | undefined;
  /** Counts and refuses calls. */
  readonly gate?: CallGate | undefined;
  /** How often residency is checked. */
  readonly residency?: ResidencyOptions | undefined;
  /** Limits of waiting. */
  readonly timers?: TimerOptions | undefined;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined;
  /** Ids of calls and requests. @defaultValue ULIDs */
  readonly createId?: (() => Id) | undefined;
  /** Tokens of a text, used where the server does not say. @defaultValue a quarter of the characters for prompts, one per piece for answers */
  readonly countTokens?: ((text: string) => number) | undefined;
  /** Log lines. @defaultValue silent */
  readonly logger?: Logger | undefined;
}
