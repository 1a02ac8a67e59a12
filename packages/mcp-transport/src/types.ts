/** The one shape of a failure on the wire: `{ error }` of an HTTP answer, `_meta["tale/error"]` of a tool's result. */
export interface ErrorEnvelope {
  /** Kebab-case fact. */
  code: string;
  /** What happened, one sentence. */
  message: string;
  /** What to do next, or `null`. */
  hint: string | null;
  /** Who failed: the name of a server. */
  source: string;
  /** Whether the same request can succeed later without a change by the caller. */
  retryable: boolean;
  /** Earliest sensible retry, ms from now, or `null`. */
  retryAfterMs: number | null;
  /** Further facts, by code. */
  details: Record<string, unknown>;
}

/** Name and version of an MCP client or server, as the protocol carries it. */
export interface Implementation {
  /** Name of the program. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
}

/** Where diagnostics go; arguments, results and tokens are never among them. */
export interface Logger {
  /** Details of normal work. */
  debug(fields: object, message: string): void;
  /** Events of the life cycle. */
  info(fields: object, message: string): void;
  /** Refused or failed requests. */
  warn(fields: object, message: string): void;
  /** Failures of the server itself. */
  error(fields: object, message: string): void;
}

/** Time: the present and timers. */
export interface Clock {
  /** The present instant, epoch ms. */
  now(): number;
  /** Calls `callback` once after `delayMs`. Returns a function that takes the timer back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Who calls, as far as the token says. */
export interface Principal {
  /** Name given to the token; `owner` where there is only one. */
  readonly id: string;
}

/** One report of a running tool. */
export interface Progress {
  /** How far the work is; grows with each report. */
  readonly progress: number;
  /** What `progress` is at the end, where it is known. */
  readonly total?: number | undefined;
  /** A sentence for people. */
  readonly message?: string | undefined;
  /** Further facts for programs, sent as `_meta`. */
  readonly meta?: Record<string, unknown> | undefined;
}

/** Something that checks a value; what zod, zod/mini and others offer. @see https://standardschema.dev */
export interface InputSchema<Output = unknown> {
  /** Properties of the Standard Schema interface. */
  readonly '~standard': {
    /** Version of the interface. */
    readonly version: 1;
    /** Who made the schema. */
    readonly vendor: string;
    /** Checks a value. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Types of the schema, for inference only. */
    readonly types?: SchemaTypes<Output> | undefined;
  };
}

/** Types that a schema carries for inference; there is no such value. */
export interface SchemaTypes<Output> {
  /** What it takes. */
  readonly input: unknown;
  /** What it gives. */
  readonly output: Output;
}

/** A value that passed a schema. */
export interface SchemaSuccess<Output> {
  /** The value as the schema gives it. */
  readonly value: Output;
  /** None. */
  readonly issues?: undefined;
}

/** A value that did not pass a schema. */
export interface SchemaFailure {
  /** What is wrong with it. */
  readonly issues: readonly SchemaIssue[];
}

/** What {@link InputSchema} answers: a value, or what is wrong with it. */
export type SchemaResult<Output> = SchemaSuccess<Output> | SchemaFailure;

/** A key on the way to the part of a value. */
export interface PathSegment {
  /** Name or index. */
  readonly key: PropertyKey;
}

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where, from the outside in. */
  readonly path?: readonly (PropertyKey | PathSegment)[] | undefined;
}

/** A JSON Schema (2020-12) of a tool's arguments; `$ref` stays inside the document. */
export interface JsonSchema {
  /** Arguments are always an object. */
  readonly type: 'object';
  /** Any other keyword. */
  readonly [keyword: string]: unknown;
}

/** Claims about a tool that clients may use to decide on retries and questions. */
export interface ToolAnnotations {
  /** A title for people. */
  readonly title?: string;
  /** The tool changes nothing. @defaultValue `false` */
  readonly readOnlyHint?: boolean;
  /** The tool may destroy something. @defaultValue `true` */
  readonly destructiveHint?: boolean;
  /** Calling twice with equal arguments has the effect of calling once. @defaultValue `false` */
  readonly idempotentHint?: boolean;
  /** The tool reaches into an open world. @defaultValue `true` */
  readonly openWorldHint?: boolean;
}

/** What a tool gets beside its arguments. */
export interface ToolContext {
  /**
   * Aborted when the client closes, the server closes for good, or the time limit passes; then its reason is a
   * `McpTransportError` with the code `timeout`.
   */
  readonly signal: AbortSignal;
  /** Who calls. */
  readonly principal: Principal;
  /** Reports progress to the client; without effect where the client did not ask for it. */
  progress(progress: Progress): void;
  /** Key of the call, or `null`: calls with equal keys must have one effect. */
  readonly idempotencyKey: string | null;
}

/** A block of a tool's content, passed through as it is. */
export interface ContentBlock {
  /** `text`, `image`, `audio`, `resource` or `resource_link`. */
  readonly type: string;
  /** Fields of that type. */
  readonly [field: string]: unknown;
}

/** What a tool returns: a structured value (with a text for people), or content blocks. */
export type ToolResult =
  | {
      /** The answer for programs, a JSON object. */
      readonly structured: object;
      /** The answer for people. @defaultValue the structured answer as JSON */
      readonly text?: string;
    }
  | {
      /** The answer as content blocks. */
      readonly content: readonly ContentBlock[];
    };

/**
 * A tool of a server. What `run` throws becomes a failed result: an error that carries an {@link ErrorEnvelope} as
 * `envelope`, or that has a string `code` and a boolean `retryable`, keeps its code; any other becomes `internal`.
 */
export interface McpTool<Arguments = unknown> {
  /** Name, unique on the server. */
  readonly name: string;
  /** What the tool does, for models and people. */
  readonly description: string;
  /** Schema of the arguments; they are checked before `run`. */
  readonly input: InputSchema<Arguments> | JsonSchema;
  /** Claims about the tool. */
  readonly annotations?: ToolAnnotations;
  /** Time limit of one call, ms. @defaultValue the server's `timeouts.callMs` */
  readonly timeoutMs?: number;
  /** Does the work. */
  run(args: Arguments, context: ToolContext): Promise<ToolResult> | ToolResult;
}

/** Token bucket: `burst` calls at once, refilled at `perSecond`. */
export interface RateLimit {
  /** Calls per second in the long run. */
  readonly perSecond: number;
  /** Calls at once. */
  readonly burst: number;
}

/** Identity of a keyed call. */
export interface LedgerKey {
  /** Id of the principal. */
  readonly principal: string;
  /** Name of the tool. */
  readonly tool: string;
  /** The caller's key. */
  readonly key: string;
}

/** A finished keyed call. */
export interface LedgerRecord {
  /** Hash of the arguments, hex. */
  readonly argumentsHash: string;
  /** The result as JSON. */
  readonly result: string;
  /** When it was stored, epoch ms. */
  readonly storedAtMs: number;
}

/** Where results of keyed calls are kept. Calls that still run are joined in memory. */
export interface LedgerPort {
  /** The record of a call, or `null` when there is none or it is too old. */
  read(key: LedgerKey): Promise<LedgerRecord | null>;
  /** Stores a record; resolves when it is as durable as the port makes it. */
  write(key: LedgerKey, record: LedgerRecord): Promise<void>;
}

/** One event of a Server-Sent Events stream. */
export interface ServerSentEvent {
  /** Type of the event; `message` where the stream names none. */
  readonly event: string;
  /** The data lines, joined by line feeds. */
  readonly data: string;
  /** Last id seen on the stream, or `null`. */
  readonly id: string | null;
}
