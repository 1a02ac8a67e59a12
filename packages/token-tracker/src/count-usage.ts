import type { CallEnd, JsonValue, Usage } from './calls.js';

const mostTokens = 2 ** 40;

/** What is counted of a call, and what of its usage was refused. */
export interface CountedUsage {
  readonly usage: Usage;
  /** The refused counts by name, as they came; `null` when all were good. */
  readonly badUsage: Readonly<Record<string, JsonValue>> | null;
}

/**
 * Decides what is counted. A count is a whole number from 0 to 2^40. A bad input or output count is replaced by the expectation and makes
 * the whole usage `estimated`; a bad part of a count, or parts larger than their whole, become unknown.
 */
export function countUsage(
  end: Pick<CallEnd, 'usage' | 'estimatedInputTokens'>,
  lastProgressTokens: number,
): CountedUsage {
  const told: Partial<Record<keyof Usage, unknown>> = end.usage ?? {};
  const badUsage: Record<string, JsonValue> = {};
  const refuse = (name: keyof Usage) => {
    badUsage[name] = told[name] === undefined ? 'missing' : String(told[name]).slice(0, 40);
  };
  const count = (name: keyof Usage) => {
    if (isCount(told[name])) return told[name];
    refuse(name);
    return null;
  };
  const part = (name: keyof Usage) => (told[name] === null || told[name] === undefined ? null : count(name));

  const input = count('inputTokens');
  const output = count('outputTokens');
  const isGuessed = input === null || output === null;
  const inputTokens = input ?? (isCount(end.estimatedInputTokens) ? end.estimatedInputTokens : 0);
  const outputTokens = output ?? lastProgressTokens;

  let cacheReadTokens = part('cacheReadTokens');
  let cacheWriteTokens = part('cacheWriteTokens');
  if ((cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0) > inputTokens) {
    if (cacheReadTokens !== null) refuse('cacheReadTokens');
    if (cacheWriteTokens !== null) refuse('cacheWriteTokens');
    cacheReadTokens = null;
    cacheWriteTokens = null;
  }
  let reasoningTokens = part('reasoningTokens');
  if ((reasoningTokens ?? 0) > outputTokens) {
    refuse('reasoningTokens');
    reasoningTokens = null;
  }
  const isSource = told.source === 'reported' || told.source === 'partial' || told.source === 'estimated';
  const source = isGuessed || !isSource ? 'estimated' : (told.source as Usage['source']);
  return {
    usage: { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, source },
    badUsage: Object.keys(badUsage).length > 0 ? badUsage : null,
  };
}

/** Whether a value can be a number of tokens. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens;
}
