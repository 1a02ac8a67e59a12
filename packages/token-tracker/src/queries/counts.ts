import type { UsageSource } from '../calls.js';
import type { Counts, Row } from './types.js';

/** Columns of `tokens_rollup` that make its key. */
export const keyColumns = ['bucket', 'origin', 'provider', 'model', 'role', 'project', 'source'] as const;

/** Columns of `tokens_rollup` that hold sums. */
export const sumColumns = [
  'calls',
  'errors',
  'in_tok',
  'out_tok',
  'cache_read_tok',
  'cache_read_calls',
  'cache_write_tok',
  'cache_write_calls',
  'reasoning_tok',
  'reasoning_calls',
  'dur_ms',
] as const;

/** One rollup row per ended call: what `tokens_rollup` must be the sum of. */
export const callsAsRollup = `SELECT started_at - started_at % 900000 AS bucket, origin, provider, model, role, project, source, task_id,
  1 AS calls, CASE WHEN status IN ('error', 'lost') THEN 1 ELSE 0 END AS errors, in_tok, out_tok,
  coalesce(cache_read_tok, 0) AS cache_read_tok, CASE WHEN cache_read_tok IS NULL THEN 0 ELSE 1 END AS cache_read_calls,
  coalesce(cache_write_tok, 0) AS cache_write_tok, CASE WHEN cache_write_tok IS NULL THEN 0 ELSE 1 END AS cache_write_calls,
  coalesce(reasoning_tok, 0) AS reasoning_tok, CASE WHEN reasoning_tok IS NULL THEN 0 ELSE 1 END AS reasoning_calls,
  coalesce(dur_ms, 0) AS dur_ms FROM tokens_calls WHERE status <> 'open'`;

/** Rank of the weakest source. A call without tokens weakens nothing: its numbers are exact. */
export const weakestRank =
  "max(CASE WHEN in_tok + out_tok = 0 OR source = 'reported' THEN 0 WHEN source = 'partial' THEN 1 ELSE 2 END)";

const sources: readonly UsageSource[] = ['reported', 'partial', 'estimated'];

/** Name of a rank of {@link weakestRank}. */
export function sourceOfRank(rank: number): UsageSource {
  return sources[rank] ?? 'estimated';
}

/** The weaker of two sources. */
export function weakerSource(one: UsageSource, other: UsageSource): UsageSource {
  return sourceOfRank(Math.max(sources.indexOf(one), sources.indexOf(other)));
}

/** Sums over nothing. */
export function noCounts(): Counts {
  return {
    calls: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: null,
    cacheReadCalls: 0,
    cacheWriteTokens: null,
    cacheWriteCalls: 0,
    reasoningTokens: null,
    reasoningCalls: 0,
    durationMs: 0,
    source: 'reported',
  };
}

/** Sums in a row that selects the sum columns and `weakest`. */
export function countsOf(row: Row): Counts {
  const number = (column: (typeof sumColumns)[number]) => Number(row[column]);
  const known = (column: 'cache_read' | 'cache_write' | 'reasoning') =>
    number(`${column}_calls`) === 0 ? null : number(`${column}_tok`);
  return {
    calls: number('calls'),
    errors: number('errors'),
    inputTokens: number('in_tok'),
    outputTokens: number('out_tok'),
    cacheReadTokens: known('cache_read'),
    cacheReadCalls: number('cache_read_calls'),
    cacheWriteTokens: known('cache_write'),
    cacheWriteCalls: number('cache_write_calls'),
    reasoningTokens: known('reasoning'),
    reasoningCalls: number('reasoning_calls'),
    durationMs: number('dur_ms'),
    source: sourceOfRank(Number(row.weakest)),
  };
}

/** Adds `further` to `sum`. */
export function addCounts(sum: Counts, further: Counts): void {
  const known = (one: number | null, other: number | null) =>
    one === null ? other : other === null ? one : one + other;
  sum.calls += further.calls;
  sum.errors += further.errors;
  sum.inputTokens += further.inputTokens;
  sum.outputTokens += further.outputTokens;
  sum.cacheReadTokens = known(sum.cacheReadTokens, further.cacheReadTokens);
  sum.cacheReadCalls += further.cacheReadCalls;
  sum.cacheWriteTokens = known(sum.cacheWriteTokens, further.cacheWriteTokens);
  sum.cacheWriteCalls += further.cacheWriteCalls;
  sum.reasoningTokens = known(sum.reasoningTokens, further.reasoningTokens);
  sum.reasoningCalls += further.reasoningCalls;
  sum.durationMs += further.durationMs;
  sum.source = weakerSource(sum.source, further.source);
}
