import { createTokenBuckets, type TokenBuckets } from '../token-bucket.js';
import type { RateLimit } from '../types.js';

/** Rate limits of a server. */
export interface ServerLimits {
  /** For each principal and tool. @defaultValue `{ perSecond: 50, burst: 100 }` */
  readonly default?: RateLimit;
  /** Other limits, by the name of the tool. */
  readonly tools?: Readonly<Record<string, RateLimit>>;
}

/** Takes one call of a principal. 0 when it may go on, else the ms to wait. */
export type TakeCall = (principal: string, tool: string, nowMs: number) => number;

/** One bucket for each principal and tool; all unknown tools share one. */
export function createServerLimits(limits: ServerLimits, tools: ReadonlySet<string>): TakeCall {
  const { default: standard = { perSecond: 50, burst: 100 } } = limits;
  const buckets = new Map<string, TokenBuckets>();
  return (principal, tool, nowMs) => {
    const name = tools.has(tool) ? tool : '';
    const ofTool = buckets.get(name) ?? createTokenBuckets(limits.tools?.[name] ?? standard);
    buckets.set(name, ofTool);
    return ofTool.take(principal, nowMs);
  };
}
