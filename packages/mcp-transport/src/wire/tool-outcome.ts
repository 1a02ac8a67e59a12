import { createEnvelope, readEnvelope } from '../envelope.js';
import { McpTransportError, type McpTransportErrorOptions } from '../errors.js';
import { errorKey, replayedKey } from '../names.js';
import type { ContentBlock, ErrorEnvelope } from '../types.js';

/** What a tool answered. */
export interface ToolOutcome {
  /** The answer for programs, or `null` where the tool gave none. */
  readonly structured: Record<string, unknown> | null;
  /** The answer as content blocks. */
  readonly content: readonly ContentBlock[];
  /** The text blocks, joined by line feeds. */
  readonly text: string;
  /** Whether the tool failed. */
  readonly isError: boolean;
  /** The failure, or `null`. A server that sends none gets one with the code `tool-error`. */
  readonly error: ErrorEnvelope | null;
  /** Whether an earlier call with the same key produced the answer. */
  readonly isReplayed: boolean;
}

/** Reads the result of `tools/call`. */
export function readToolOutcome(result: Record<string, unknown>, source: string): ToolOutcome {
  const content = (Array.isArray(result.content) ? result.content : []) as ContentBlock[];
  const meta = (result._meta ?? {}) as Record<string, unknown>;
  const text = content.flatMap((block) => (block?.type === 'text' ? [String(block.text)] : [])).join('\n');
  const isError = result.isError === true;
  return {
    structured: (result.structuredContent ?? null) as Record<string, unknown> | null,
    content,
    text,
    isError,
    error: isError
      ? (readEnvelope(meta[errorKey], source) ??
        createEnvelope({ code: 'tool-error', message: text || 'the tool failed', source }))
      : null,
    isReplayed: meta[replayedKey] === true,
  };
}

/** The error that a failed outcome is thrown as. */
export function toolError(error: ErrorEnvelope, facts: McpTransportErrorOptions): McpTransportError {
  return new McpTransportError('tool-error', error.message, {
    ...facts,
    envelope: error,
    retryable: error.retryable,
    retryAfterMs: error.retryAfterMs,
    mayHaveRun: true,
    status: 200,
  });
}
