import { ContextError } from '../errors.js';
import { planFoot, planHead, planLine } from '../recall/plan.js';
import type { PlanItem } from '../recall/types.js';
import { type FitInput, type FitPlan, fitWindow } from './fit.js';
import { digitTokens } from './judge-prompt.js';
import type { CurrentBlock } from './layout.js';
import { budgetOf } from './margin.js';
import type { Measure, Piece, ShortenStep } from './window-data.js';

/** What a prompt is made from. */
export interface PromptInput
  extends Pick<FitInput, 'window' | 'rule' | 'budgetCap' | 'toolTokens' | 'templateTokens' | 'measure'> {
  readonly system: Piece;
  readonly current: Piece;
  /** The most important first. */
  readonly data: readonly PlanItem[];
  readonly keepsCurrent: boolean;
  /** Share by which the real count may be below ours; 0 where the server has counted. */
  readonly thriftShare: number;
}

/** A prompt that fits. */
export interface PromptPlan {
  readonly plan: FitPlan;
  /** How many of the data it holds, from the first one. */
  readonly kept: number;
  readonly steps: readonly ShortenStep[];
}

/** Id of the prompt in the mark that stands for its middle. */
const currentId = 'current';
const noBlock: CurrentBlock = { kind: 'new', parts: { date: null, news: [], recall: [] } };

/**
 * Fits one prompt by the rules of a conversation's window: what the prompt leaves free is filled with data, the most important first, and
 * only a prompt that is too long by itself is shortened, or, where it must stay whole, takes the room of margin and answer. Pure.
 *
 * @throws {@link ContextError} `window-too-small`
 */
export function fitPrompt(input: PromptInput): PromptPlan {
  const { budgetCap, keepsCurrent } = input;
  const { plan: bare, isTight } = keepsCurrent ? fitWhole(input) : { plan: fitWith(input, noBlock), isTight: false };
  const hasRoom = !isTight && bare.steps.length === 0;
  const roomTokens = hasRoom ? Math.min(bare.budgetTokens, budgetCap) - bare.totalTokens : 0;
  const { data, measure } = input;
  let kept = data.length;
  let block = dataBlock(data, kept, measure);
  const allTokens = block.tokens;
  while (kept > 0 && block.tokens > roomTokens) block = dataBlock(data, --kept, measure);
  const plan = kept === 0 ? bare : fitWith(input, { kind: 'stored', ...block });
  if (kept === data.length) return { plan, kept, steps: plan.steps };
  const left = data.slice(kept).map(({ id }) => id);
  const gone: ShortenStep = { what: 'recall', ids: left, fromTokens: allTokens, toTokens: block.tokens };
  return { plan, kept, steps: [gone, ...plan.steps] };
}

/** Least room for an answer to a prompt that must stay whole, where the caller does not say how much it needs. */
const leastAnswerTokens = 64;

/**
 * A prompt that must stay whole gives way in nothing: where margin and usual answer have no room, it goes with the least answer, unless it
 * is surely too long. The server refuses what its own count does not take. After a refusal it is sent once more without its data.
 *
 * @throws {@link ContextError} `window-too-small`
 */
function fitWhole(input: PromptInput): { readonly plan: FitPlan; readonly isTight: boolean } {
  const uncapped = { ...input, budgetCap: Number.POSITIVE_INFINITY };
  try {
    return { plan: fitWith(uncapped, noBlock), isTight: false };
  } catch (error) {
    if (!ContextError.isInstance(error) || error.code !== 'window-too-small') throw error;
    const { contextTokens, answerTokens } = input.window;
    const { reserve } = budgetOf(input.window, input.rule);
    const reserveTokens = answerTokens === undefined ? Math.min(leastAnswerTokens, reserve) : reserve;
    const plan = fitWith({ ...uncapped, window: { contextTokens: Number.POSITIVE_INFINITY } }, noBlock);
    const budgetTokens = contextTokens - reserveTokens;
    if (leastTokens(input, plan.totalTokens) > budgetTokens) throw error;
    const marginTokens = Math.max(0, Math.min(plan.marginTokens, budgetTokens - plan.totalTokens));
    return { plan: { ...plan, marginTokens, reserveTokens, budgetTokens }, isTight: true };
  }
}

/** What the server surely counts of a prompt: tokenizers may be thriftier than ours, and join digits. */
function leastTokens({ rule, system, current, thriftShare }: PromptInput, totalTokens: number): number {
  if (rule.kind === 'exact') return totalTokens;
  const joined = digitTokens(system.text) + digitTokens(current.text);
  return (totalTokens - joined) * (1 - thriftShare);
}

/** The first of the data as text between their marks; the rest is counted in its last line. */
function dataBlock(data: readonly PlanItem[], kept: number, measure: Measure): Piece {
  if (kept === 0) return { text: '', tokens: 0 };
  const lines = [planHead, ...data.slice(0, kept).map(planLine)];
  if (kept < data.length) lines.push(`(${data.length - kept} more found no room.)`);
  lines.push(planFoot);
  // Counted line by line, so that a line is counted once however many of them are kept.
  return { text: lines.join('\n'), tokens: lines.reduce((sum, line) => sum + measure.count(line) + 1, 0) };
}

function fitWith(input: PromptInput, block: CurrentBlock): FitPlan {
  const { window, rule, budgetCap, toolTokens, templateTokens, measure, system, current, keepsCurrent } = input;
  const message = { id: currentId, seq: 1, role: 'user', extraTokens: 0, toolCalls: [] } as const;
  const rest = { toolCallId: null, toolName: null, ...current };
  try {
    return fitWindow({
      ...{ window, rule, budgetCap, toolTokens, templateTokens, measure, system },
      isRetry: false,
      isAutomatic: !keepsCurrent,
      pins: [],
      summaries: () => [],
      state: null,
      hasChanged: false,
      units: [{ firstSeq: 1, messages: [{ ...message, ...rest }], block: null }],
      block: () => block,
    });
  } catch (error) {
    throw keepsCurrent && ContextError.isInstance(error) ? ofPrompt(error) : error;
  }
}

function ofPrompt({ needTokens, windowTokens, parts }: ContextError): ContextError {
  const message = `The prompt needs ${needTokens} tokens beside its answer, the window has ${windowTokens}.`;
  return new ContextError('window-too-small', message, {
    ...(needTokens !== null && { needTokens }),
    ...(windowTokens !== null && { windowTokens }),
    ...(parts !== null && { parts }),
  });
}
