import type { Clock } from '../../types.js';
import type { FakeFault } from './faults.js';

/** A model that the fake has installed. */
export interface FakeModel {
  /** Its name. */
  readonly model: string;
  /** Size of its files. @defaultValue `1000000000` */
  readonly bytes?: number | undefined;
  /** What it holds once it is loaded. @defaultValue `bytes` */
  readonly memoryBytes?: number | undefined;
  /** What it can do. @defaultValue `['completion', 'tools', 'thinking']` */
  readonly capabilities?: readonly string[] | undefined;
}

/** How fast the fake is. */
export interface FakeTiming {
  /** A load, ms. @defaultValue `0` */
  readonly loadMs?: number | undefined;
  /** Reading one token of a prompt, ms. @defaultValue `0` */
  readonly prefillMsPerToken?: number | undefined;
  /** Writing. @defaultValue no delay */
  readonly tokensPerSecond?: number | undefined;
  /** Length of an answer, tokens. @defaultValue `24` */
  readonly tokens?: number | undefined;
  /** How far each delay strays from these figures, as a share from 0 to 1; drawn from the seed. @defaultValue `0` */
  readonly jitter?: number | undefined;
}

/** Which server a fake plays. */
export type FakeServes = 'ollama' | 'llama-server';

/** Options of {@link startFakeOllama}. */
export interface FakeOllamaOptions {
  /** Changes the words of the answers and the delays. @defaultValue `1` */
  readonly seed?: number | undefined;
  /**
   * What it plays. Ollama has `/api` and its own `/v1`; `llama-server` has llama.cpp's `/v1` and `/health`, loads its models when
   * it starts and keeps them. @defaultValue `ollama`
   */
  readonly serves?: FakeServes | undefined;
  /** Installed models. @defaultValue one, named `fake:1b` */
  readonly models?: readonly FakeModel[] | undefined;
  /** Models that a pull finds. @defaultValue `pullable:1b` */
  readonly pullable?: readonly FakeModel[] | undefined;
  /** How fast it is. */
  readonly timing?: FakeTiming | undefined;
  /** What goes wrong from the start. */
  readonly faults?: readonly FakeFault[] | undefined;
  /** Requests that a model computes at the same time, as `OLLAMA_NUM_PARALLEL`. @defaultValue `1` */
  readonly slots?: number | undefined;
  /** Models in memory at the same time, as `OLLAMA_MAX_LOADED_MODELS`. @defaultValue `3` */
  readonly maxModels?: number | undefined;
  /** Requests that wait for a load, as `OLLAMA_MAX_QUEUE`; one more is a 503. @defaultValue `512` */
  readonly maxQueue?: number | undefined;
  /** Memory that models may take together, bytes. @defaultValue no limit, as Ollama without a GPU */
  readonly memoryBytes?: number | undefined;
  /** Context of a request that asks for none, as `OLLAMA_CONTEXT_LENGTH`. @defaultValue `4096` */
  readonly contextTokens?: number | undefined;
  /** Bearer token that it asks for. */
  readonly token?: string | undefined;
  /** What it says about its version. @defaultValue `0.32.15` */
  readonly version?: string | undefined;
  /**
   * Says that it is another engine. It then has what local-engine and llama.cpp's server have beyond Ollama: counts in every
   * object, cached tokens, `/v1/systemone` and `/tokenize`.
   */
  readonly engine?: string | undefined;
  /** Where it listens. @defaultValue a free port */
  readonly port?: number | undefined;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}
