import * as z from 'zod/mini';

/** Failures of the model pool, as they come over the wire. @see `CallError.code` */
export const callErrorCodes = [
  'overloaded',
  'model-missing',
  'memory-insufficient',
  'load-failed',
  'load-timeout',
  'first-token-timeout',
  'stalled',
  'stream-broken',
  'backend-down',
  'context-too-long',
  'capability-missing',
  'rejected',
  'refused',
  'aborted',
  'configuration',
] as const;

/** Failures that end a task or refuse an operation on one. */
export const taskErrorCodes = [
  'task-not-found',
  'ambiguous-id',
  'key-conflict',
  'lease-lost',
  'deadline',
  'poison',
  'cancelled',
  'shutdown',
  'handler-failed',
  'not-retryable',
] as const;

/** Failures of a request before any of tale's work began. */
export const requestErrorCodes = [
  'prompt-empty',
  'prompt-too-long',
  'invalid-request',
  'invalid-task',
  'invalid-option',
  'invalid-options',
  'invalid-argument',
  'unauthorized',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'too-large',
  'unsupported-media-type',
  'rate-limited',
] as const;

/** Failures of storage: the database, a checkpoint, a file. */
export const storageErrorCodes = [
  'storage-busy',
  'storage-failed',
  'store-failed',
  'disk-full',
  'data-unsafe',
  'unsafe-file',
  'not-writable',
  'invalid-id',
  'invalid-operation',
  'invalid-value',
  'checkpoint-too-large',
  'conflict',
  'unknown-format',
] as const;

/** Failures of the machine or of the servers' processes. */
export const systemErrorCodes = [
  'servers-down',
  'start-failed',
  'start-timeout',
  'crash-loop',
  'refused-by-child',
  'runtime-file-unsafe',
  'locked',
  'port-taken',
  'models-unavailable',
  'shutting-down',
  'closed',
  'internal',
] as const;

/** Failures of the configuration. */
export const configErrorCodes = [
  'syntax',
  'duplicate-key',
  'unknown-key',
  'wrong-type',
  'out-of-range',
  'untrusted',
] as const;

/** Failures of tale's own model server. */
export const engineErrorCodes = [
  'busy',
  'context-exceeded',
  'data-directory-locked',
  'hash-mismatch',
  'insufficient-memory',
  'invalid-catalog',
  'invalid-gguf',
  'model-not-found',
  'not-in-catalog',
  'not-supported',
  'pull-failed',
  'runner-crashed',
  'runtime-install-failed',
  'runtime-missing',
  'source-failed',
  'source-unavailable',
  'source-unreachable',
] as const;

/** Failures of what tale remembers: conversations, memories, windows. */
export const contextErrorCodes = [
  'conversation-closed',
  'seq-conflict',
  'window-too-small',
  'message-too-large',
  'invalid-import',
  'tool-pair-broken',
  'store-busy',
  'store-full',
  'summary-failed',
] as const;

/** Failures between an MCP client and its server. */
export const transportErrorCodes = [
  'connect',
  'timeout',
  'stream-lost',
  'breaker-open',
  'protocol',
  'version',
  'unknown-tool',
  'tool-error',
  'input-required',
] as const;

/** Failures of the command line itself. */
export const commandErrorCodes = ['usage', 'config', 'interrupted', 'connection-lost'] as const;

/** All codes, in the order of their groups: those of the packages' closed lists and the apps' own. */
export const taleErrorCodes = [
  ...callErrorCodes,
  ...taskErrorCodes,
  ...requestErrorCodes,
  ...storageErrorCodes,
  ...systemErrorCodes,
  ...configErrorCodes,
  ...engineErrorCodes,
  ...contextErrorCodes,
  ...transportErrorCodes,
  ...commandErrorCodes,
] as const;

/** Every code that an error envelope of tale's apps carries; a stranger's MCP server may send others. */
export type TaleErrorCode = (typeof taleErrorCodes)[number];

/** Schema of {@link ErrorEnvelope}; unknown fields pass through. */
export const errorEnvelopeSchema: z.ZodMiniType<ErrorEnvelope> = z.looseObject({
  code: z.string(),
  message: z.string(),
  hint: z.nullable(z.string()),
  source: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.nullable(z.number()),
  details: z.record(z.string(), z.unknown()),
});

/** The one shape of a failure between tale's processes and in its JSON output. */
export interface ErrorEnvelope {
  /** A {@link TaleErrorCode}, or the code of a stranger's server. */
  code: string;
  /** What happened, one sentence. */
  message: string;
  /** What to do next, or `null`. */
  hint: string | null;
  /** Who failed: a server, `cli`, or `mcp:<name>`. */
  source: string;
  /** Whether the same request can succeed later without a change by the caller. */
  retryable: boolean;
  /** Earliest sensible retry, ms from now, or `null`. */
  retryAfterMs: number | null;
  /** Further facts, by code. */
  details: Record<string, unknown>;
}

/** Facts of an envelope; what is left out is `null`, `false` or empty. */
export interface EnvelopeFacts {
  /** Code of the failure. */
  code: TaleErrorCode;
  /** What happened, one sentence. */
  message: string;
  /** Who failed. */
  source: string;
  /** What to do next. @defaultValue `null` */
  hint?: string | null;
  /** @defaultValue `false` */
  retryable?: boolean;
  /** Earliest sensible retry, ms. @defaultValue `null` */
  retryAfterMs?: number | null;
  /** Further facts. @defaultValue `{}` */
  details?: Record<string, unknown>;
}

/** A complete envelope from the facts that a case has. */
export function errorEnvelope(facts: EnvelopeFacts): ErrorEnvelope {
  return {
    code: facts.code,
    message: facts.message,
    hint: facts.hint ?? null,
    source: facts.source,
    retryable: facts.retryable ?? false,
    retryAfterMs: facts.retryAfterMs ?? null,
    details: facts.details ?? {},
  };
}

/** Whether `value` is an error envelope. */
export function isErrorEnvelope(value: unknown): value is ErrorEnvelope {
  return errorEnvelopeSchema.safeParse(value).success;
}
