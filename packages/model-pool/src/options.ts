import type { BackendFactory } from './backends/backend.js';
import type { DecisionRecord } from './decisions/story.js';
import type { MemoryReading } from './memory/budget.js';
import type { MetricsPort } from './metrics/metrics-port.js';
import type { CallGate, Clock, Id, Lane, Logger, MemoryEstimates, RoleName, Think } from './types.js';

/** A server that speaks Ollama's API: Ollama itself or local-engine. */
export interface OllamaBackendOptions {
  /** The API. */
  readonly kind: 'ollama';
  /** Where its API is, such as `http://127.0.0.1:11434`; behind a proxy with the path that stands before `/api`. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
}

/** A server that speaks OpenAI's API: llama-server, vLLM, LM Studio and others. Its models stay as they are. */
export interface OpenAiBackendOptions {
  /** The API. */
  readonly kind: 'openai';
  /** Where it listens, with or without `/v1`, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string | undefined;
}

/** A server: one of the kinds built in, or a factory of another kind. */
export type BackendOptions = OllamaBackendOptions | OpenAiBackendOptions | BackendFactory;

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
  /** Whether a candidate that turns out too slow is put behind the next one. @defaultValue `false` */
  readonly stepDown?: boolean | undefined;
}

/** What stays in memory. */
export interface ResidencyOptions {
  /** How often the pool looks while there is work or something is wrong, ms. @defaultValue `2000` */
  readonly busyMs?: number | undefined;
  /** How often it looks otherwise, ms. @defaultValue `10000` */
  readonly idleMs?: number | undefined;
  /** For how long a model that took the place of one that stays has no work before it gives it back, ms. @defaultValue `30000` */
  readonly restoreAfterMs?: number | undefined;
  /** Whether `ux` and `planning` may take turns where the memory does not hold both; else `planning` is refused with `memory-insufficient`. @defaultValue `refuse` */
  readonly swap?: 'allow' | 'refuse' | undefined;
}

/** How the pool sees that models answer. */
export interface HealthOptions {
  /** After how long without traffic a model in memory is asked for one token, ms; `null` = never. Servers that bill, or whose models are not loaded by request, are not asked. @defaultValue `60000` */
  readonly canaryMs?: number | null | undefined;
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
  /** Bytes for all loaded models together, or `auto` to measure the machine before each load. */
  readonly budget: 'auto' | number;
  /** Measures the machine for `auto`. @defaultValue `readMemory` */
  readonly read?: ((options: { readonly signal?: AbortSignal }) => Promise<MemoryReading>) | undefined;
  /** Where learnt sizes of models are kept. @defaultValue in this process alone */
  readonly estimates?: MemoryEstimates | undefined;
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
  /** Where numbers for graphs and alarms go. */
  readonly metrics?: MetricsPort | undefined;
  /** Keeps the decisions and the ends of attempts beyond the newest 1,000 and beyond this process. @defaultValue nobody does */
  readonly record?: DecisionRecord | undefined;
  /** What stays in memory. */
  readonly residency?: ResidencyOptions | undefined;
  /** How the pool sees that models answer. */
  readonly health?: HealthOptions | undefined;
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
