import type { ErrorEnvelope, TaleErrorCode } from '@tale/protocol';
import { type ExitCode, exitCodeOf } from './exit-codes.js';

/** Facts of a {@link CommandError} beside its code and message. */
export interface CommandErrorFacts extends ErrorOptions {
  /** What to do next. @defaultValue `null` */
  readonly hint?: string | null;
  /** Who failed. @defaultValue `'cli'` */
  readonly source?: string;
  /** Whether the same command can succeed later. @defaultValue `false` */
  readonly retryable?: boolean;
  /** Earliest sensible retry, ms. @defaultValue `null` */
  readonly retryAfterMs?: number | null;
  /** Further facts. @defaultValue `{}` */
  readonly details?: Record<string, unknown>;
  /** Where it differs from that of the code. */
  readonly exitCode?: ExitCode;
}

/** What ends a command before its work is done; it becomes one message on stderr, or one `tale.error/1` document. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly envelope: ErrorEnvelope;
  readonly exitCode: ExitCode;

  constructor(code: TaleErrorCode, message: string, facts: CommandErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.envelope = {
      code,
      message,
      hint: facts.hint ?? null,
      source: facts.source ?? 'cli',
      retryable: facts.retryable ?? false,
      retryAfterMs: facts.retryAfterMs ?? null,
      details: facts.details ?? {},
    };
    this.exitCode = facts.exitCode ?? exitCodeOf(code);
  }

  /** The failure that a server reported. */
  static from(envelope: ErrorEnvelope, facts: { exitCode?: ExitCode; details?: Record<string, unknown> } = {}) {
    return new CommandError(envelope.code as TaleErrorCode, envelope.message, {
      ...envelope,
      details: { ...envelope.details, ...facts.details },
      ...(facts.exitCode === undefined ? {} : { exitCode: facts.exitCode }),
    });
  }
}
