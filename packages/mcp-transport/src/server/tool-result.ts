import { createEnvelope, isObject, readEnvelope } from '../envelope.js';
import { errorKey, replayedKey } from '../names.js';
import type { ErrorEnvelope, ToolResult } from '../types.js';

/** A result of `tools/call` on the wire. */
export interface WireResult {
  content: { type: string; [field: string]: unknown }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
  _meta?: Record<string, unknown>;
}

/** What a tool returned, on the wire. */
export function wireResult(result: ToolResult): WireResult {
  if ('content' in result) return { content: result.content.map((block) => ({ ...block })) };
  const text = result.text ?? JSON.stringify(result.structured);
  return { content: [{ type: 'text', text }], structuredContent: result.structured as Record<string, unknown> };
}

/** What a tool threw, on the wire: a text for people and models, the envelope for programs, never a stack. */
export function wireFailure(error: unknown, source: string): WireResult {
  const envelope = envelopeOf(error, source);
  const text = envelope.hint === null ? envelope.message : `${envelope.message}\n${envelope.hint}`;
  return { content: [{ type: 'text', text }], isError: true, _meta: { [errorKey]: envelope } };
}

/** The same result, marked as one that an earlier call produced. */
export function replayed(result: WireResult): WireResult {
  return { ...result, _meta: { ...result._meta, [replayedKey]: true } };
}

/** The envelope of a result, or `null` when it is no failure. */
export function failureIn(result: WireResult): ErrorEnvelope | null {
  return result.isError ? readEnvelope(result._meta?.[errorKey]) : null;
}

/** The envelope that an error carries or is; `internal` for any other. */
function envelopeOf(error: unknown, source: string): ErrorEnvelope {
  const envelope = isObject(error) ? (readEnvelope(error.envelope, source) ?? readEnvelope(error, source)) : null;
  if (!envelope) {
    const message = error instanceof Error ? error.message : String(error);
    return createEnvelope({ code: 'internal', message: message || 'the tool failed', source });
  }
  return { ...envelope, details: plain(envelope.details) };
}

/** Details that JSON can carry; none at all when it cannot. */
function plain(details: Record<string, unknown>): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(details));
  } catch {
    return {};
  }
}
