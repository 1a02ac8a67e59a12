import type { CallClass, RepeatVerdict } from './links/link.js';
import { idempotencyExtension } from './names.js';
import type { Clock, ToolAnnotations } from './types.js';

/** What a server says about itself. */
export interface ServerVerdict {
  /** Whether it runs equal keys once. */
  readonly honoursKeys: boolean;
  /** What it claims about its tools; empty where that is not to be believed. */
  readonly hints: ReadonlyMap<string, ToolAnnotations>;
}

/** Reads a `server/discover` result. */
export function readHonoursKeys(discovered: Record<string, unknown>): boolean {
  const capabilities = discovered.capabilities as { extensions?: Record<string, unknown> } | undefined;
  return capabilities?.extensions?.[idempotencyExtension] !== undefined;
}

/** What may be done about a failed call of a tool. */
export function repeatVerdict(verdict: ServerVerdict | null, tool: string, hasKey: boolean): RepeatVerdict {
  const hints = verdict?.hints.get(tool);
  const honoursKeys = verdict?.honoursKeys ?? false;
  const callClass: CallClass = hints?.readOnlyHint
    ? 'safe'
    : hints?.idempotentHint
      ? 'idempotent'
      : hasKey && honoursKeys
        ? 'keyed'
        : 'unsafe';
  return { callClass, honoursKeys };
}

/** A verdict that is asked for once and kept for a day; a failed question is asked again by the next call. */
export function createVerdictCache(
  ask: () => Promise<ServerVerdict>,
  clock: Clock,
): () => Promise<ServerVerdict | null> {
  const ttlMs = 24 * 60 * 60 * 1_000;
  let known: { verdict: Promise<ServerVerdict | null>; untilMs: number } | undefined;
  return () => {
    if (known && clock.now() < known.untilMs) return known.verdict;
    const verdict = ask().catch(() => {
      known = undefined;
      return null;
    });
    known = { verdict, untilMs: clock.now() + ttlMs };
    return verdict;
  };
}
