import type { LocalEngineErrorCode } from '../../errors.js';
import type { Binaries } from '../../runner/examine-binaries.js';
import type { ModelSourceKind } from '../../types.js';

/** What a machine and a data directory look like. */
export interface MachineFacts {
  readonly node: { readonly version: string; readonly platform: string; readonly architecture: string };
  readonly runtime: RuntimeFacts;
  readonly memory: { readonly availableBytes: number };
  readonly threads: { readonly cores: number; readonly quotaCores: number | null; readonly threads: number };
  readonly folder: FolderFacts;
  /** What is wrong with `catalog.json`, `null` = nothing. */ readonly catalogProblem: string | null;
  readonly store: StoreFacts;
  readonly sources: readonly SourceFacts[];
  readonly port: PortFacts;
}

/** The native runtime. */
export type RuntimeFacts =
  | { /** What a child said. */ readonly binaries: Binaries }
  | { readonly code: LocalEngineErrorCode; readonly message: string };

/** The data directory. */
export interface FolderFacts {
  readonly path: string;
  readonly isThere: boolean;
  /** Whether this user may write to it, or make it. */ readonly isWritable: boolean;
  /** Whether other users may look into it. */ readonly isOpenToOthers: boolean;
  /** Of the disk that it is or would be on. */ readonly freeBytes: number | null;
  /** Process id of the engine or command that holds it. */ readonly heldBy: number | null;
}

/** The models that are stored, without reading whole files. */
export interface StoreFacts {
  readonly models: number;
  readonly bytes: number;
  /** Models whose file is missing or has another size. */ readonly damaged: readonly string[];
  /** Files that no model has. */ readonly unused: readonly string[];
  /** What interrupted pulls left. */ readonly unfinishedBytes: number;
  /** Files that were put aside because their hash was wrong. */ readonly rejected: readonly string[];
}

/** A way to fetch models. */
export interface SourceFacts {
  readonly kind: ModelSourceKind;
  readonly state: 'usable' | 'switched-off' | 'unavailable';
  /** What answered, or why it is not used. */ readonly told: string;
}

/** The port that is to be served. */
export interface PortFacts {
  readonly host: string;
  readonly port: number;
  readonly state: 'free' | 'engine' | 'taken' | 'refused';
  readonly told: string;
}
