import type { Clock } from '../../types.js';
import type { FakeFaultBox } from './faults.js';
import type { FakeMemory } from './memory.js';
import type { FakeModel, FakeServes, FakeTiming } from './options.js';

/** Things that happen to the whole server. */
export interface FakeServerVerbs {
  /** See {@link FakeOllama.evict}. */
  evict(model: string): void;
  /** See {@link FakeOllama.reload}. */
  reload(model: string, contextTokens?: number): Promise<void>;
  /** See {@link FakeOllama.restart}. */
  restart(downMs?: number): Promise<void>;
  /** See {@link FakeOllama.flap}. */
  flap(options?: FlapOptions): Promise<void>;
  /** See {@link FakeOllama.runOutOfMemory}. */
  runOutOfMemory(): void;
  /** See {@link FakeOllama.changeDigest}. */
  changeDigest(model: string): void;
}

/** How a server comes and goes. */
export interface FlapOptions {
  /** How often it goes. @defaultValue `10` */
  readonly times?: number | undefined;
  /** How long it is away each time, ms. @defaultValue `20` */
  readonly downMs?: number | undefined;
  /** How long it is there in between, ms. @defaultValue `20` */
  readonly upMs?: number | undefined;
}

/** Everything that the routes of the fake share. */
export interface FakeState {
  /** Models in memory. */
  readonly memory: FakeMemory;
  /** What goes wrong. */
  readonly faults: FakeFaultBox;
  /** Time. */
  readonly clock: Clock;
  /** Installed models by name. */
  readonly models: Map<string, FakeModel>;
  /** Models that a pull finds. */
  readonly pullable: ReadonlyMap<string, FakeModel>;
  /** How fast it is. */
  readonly timing: Required<{ [Key in keyof FakeTiming]: number }>;
  /** Which server it plays. */
  readonly serves: FakeServes;
  /** Context of a request that asks for none, tokens. */
  readonly contextTokens: number;
  /** Version of the API. */
  readonly version: string;
  /** Another engine's name. */
  readonly engine: string | null;
  /** Changes the words. */
  readonly seed: number;
  /** Things that happen to it as a whole. */
  readonly verbs: FakeServerVerbs;
  /** Since when a server that loads at its start has loaded, monotonic ms. */
  loadingFromMs(): number;
  /** Hex digest of a model's files. */
  digestOf(model: string): string;
  /** A delay as it is this time, ms. */
  delay(ms: number): number;
  /** Waits in spite of a client that leaves, at most until the fake is closed. */
  sleep(ms: number): Promise<void>;
}

/** What a model can do. */
export function capabilitiesOf({ capabilities }: FakeModel): readonly string[] {
  return capabilities ?? ['completion', 'tools', 'thinking'];
}
