import { estimateTokens } from '../recall/estimate-tokens.js';
import { planFoot, planHead, planLine } from '../recall/plan.js';
import type { ModelMessage } from '../types.js';
import type { PromptInput } from './fit-prompt.js';
import { budgetOf, type LearnedMargin, marginShare, templateTokens, thriftShare } from './margin.js';
import type { FitPromptOptions } from './prompt-types.js';
import { type Measure, messageOverheadTokens, promptOverheadTokens } from './window-data.js';

/** What was learnt before a fit, and what the fit before it came to. */
export interface PromptLimits {
  readonly learned: LearnedMargin;
  readonly budgetCap: number;
  /** Fits of the same prompt that were refused or cut. */
  readonly retries: number;
}

/** Below this share of the window a server cuts nothing: what surely stays below is not counted. */
const smallShare = 0.5;

/** What the decision takes; `bareTokens` is the server's own count of the prompt without its data. */
export function promptInput(
  { model, system = '', current, data = [], tools = [], answerTokens, keepsCurrent = false }: FitPromptOptions,
  { learned, budgetCap }: Pick<PromptLimits, 'learned' | 'budgetCap'>,
  measure: Measure,
  bareTokens: number | null,
): PromptInput {
  const { contextTokens, maxOutputTokens } = model;
  const share = marginShare(learned);
  const isExact = bareTokens !== null;
  // Beside an exact count there is no margin: what is still estimated brings its own.
  const count = isExact ? (text: string) => Math.ceil(measure.count(text) * (1 + share)) : measure.count;
  const systemTokens = system === '' ? 0 : count(system);
  const toolTokens = tools.reduce<number>((sum, tool) => sum + count(JSON.stringify(tool) ?? ''), 0);
  const frameTokens = promptOverheadTokens + messageOverheadTokens * (system === '' ? 1 : 2);
  const currentTokens = isExact
    ? Math.max(0, bareTokens - systemTokens - toolTokens - frameTokens)
    : measure.count(current);
  return {
    window: { contextTokens, maxOutputTokens, answerTokens },
    rule: isExact ? { kind: 'exact' } : { kind: 'estimate', share },
    budgetCap,
    templateTokens: isExact ? 0 : templateTokens(learned),
    toolTokens,
    measure: { ...measure, count },
    system: { text: system, tokens: systemTokens },
    current: { text: current, tokens: currentTokens },
    data,
    keepsCurrent,
    thriftShare: isExact ? 0 : thriftShare(learned),
  };
}

/** How far a tokenizer may be above the rough estimate, as a factor; a server that still has no room refuses. */
const roughFactor = 2;

/** Whether a prompt stays far below its window whatever the tokenizer: no token is shorter than a byte, and none makes twice as many. */
export function isSmallPrompt(
  { model, system = '', current, data = [], tools = [], answerTokens }: FitPromptOptions,
  { learned, budgetCap }: Pick<PromptLimits, 'learned' | 'budgetCap'>,
): boolean {
  const { contextTokens, maxOutputTokens } = model;
  const rule = { kind: 'estimate', share: marginShare(learned) } as const;
  const { budget } = budgetOf({ contextTokens, maxOutputTokens, answerTokens }, rule);
  const texts = [system, current, ...tools.map((tool) => JSON.stringify(tool) ?? '')];
  if (data.length > 0) texts.push(planHead, planFoot, ...data.map(planLine));
  const frameTokens = promptOverheadTokens + messageOverheadTokens * 2 + templateTokens(learned);
  const mostTokens = texts.reduce((sum, text) => sum + mostTokensOf(text) + 1, frameTokens);
  return mostTokens <= Math.min(budget, budgetCap, contextTokens * smallShare);
}

function mostTokensOf(text: string): number {
  return Math.min(Buffer.byteLength(text), roughFactor * estimateTokens(text));
}

/** The messages of a prompt without data. */
export function bareMessages({ system = '', current }: FitPromptOptions): ModelMessage[] {
  const user: ModelMessage = { role: 'user', content: current };
  return system === '' ? [user] : [{ role: 'system', content: system }, user];
}
