import { ContextError } from '../errors.js';
import { choosePins, chooseSummaries, evictUnits, isInstruction, pinBudget, summaryBudget } from './epoch.js';
import { type CurrentBlock, type Draft, type LayoutTokens, measureDraft, sumTokens } from './layout.js';
import { budgetOf, type MarginRule, marginOf } from './margin.js';
import { renderPins } from './render.js';
import { leastTextTokens, shortenDraft } from './shorten.js';
import type { Cuts, EpochState, Measure, Piece, Pin, ShortenStep, Unit, WindowSummary } from './window-data.js';

/** Why an epoch began. */
export type EpochReason = 'first' | 'changed' | 'over-budget';

/** What a window is made from. */
export interface FitInput {
  readonly window: {
    readonly contextTokens: number;
    readonly maxOutputTokens?: number | undefined;
    readonly answerTokens?: number | undefined;
  };
  readonly rule: MarginRule;
  /** Most tokens after the server or its tokenizer said that a prompt was too long; infinity otherwise. */
  readonly budgetCap: number;
  /** Whether the server has refused the window before this one. */
  readonly isRetry: boolean;
  /** Share of the budget that an eviction goes down to. @defaultValue 0.5 */
  readonly low?: number | undefined;
  /** `false`: what does not fit is an error, nothing is evicted or shortened. */
  readonly isAutomatic: boolean;
  /** System prompt as it is now. */
  readonly system: Piece;
  readonly toolTokens: number;
  readonly templateTokens: number;
  /** Pins as they are now, in any order. */
  readonly pins: readonly Pin[];
  /** Summaries of what stands before `firstSeq`; `left` is what leaves by this eviction. */
  readonly summaries: (firstSeq: number, left: readonly Unit[]) => readonly WindowSummary[];
  /** What the epoch fixed, `null` before the first one. */
  readonly state: EpochState | null;
  /** Whether what was sent before cannot be made again, so that a new epoch begins. */
  readonly hasChanged: boolean;
  /** Units from `state.firstSeq`, oldest first; the last one is the current turn. */
  readonly units: readonly Unit[];
  /** What may be added to the current turn, by whether an epoch begins with it. */
  readonly block: (isNewEpoch: boolean) => CurrentBlock;
  readonly measure: Measure;
}

/** A window that fits. */
export interface FitPlan {
  readonly draft: Draft;
  readonly tokens: LayoutTokens;
  readonly totalTokens: number;
  readonly marginTokens: number;
  readonly reserveTokens: number;
  readonly budgetTokens: number;
  /** Why an epoch begins, `null` inside one. */
  readonly epochReason: EpochReason | null;
  /** Units that left by this fit. */
  readonly left: readonly Unit[];
  /** What was shortened by this fit. */
  readonly steps: readonly ShortenStep[];
}

/** Share of the budget that a second try must free. */
const leastFreedShare = 0.05;

/**
 * Makes a window that never goes over: append while there is room, else begin an epoch that lets the oldest units go down to half of the
 * budget, then shorten what is still too much. Pure: the same input gives the same window.
 *
 * @throws {@link ContextError} `window-too-small` if the system prompt, the instructions and 64 tokens of the current text do not fit, or
 * if a second try after a refusal frees less than 5 % of the budget
 */
export function fitWindow(input: FitInput): FitPlan {
  const { reserve, budget: own } = budgetOf(input.window, input.rule);
  const budget = Math.min(own, Math.max(0, Math.floor(input.budgetCap)));
  const before = input.state && !input.hasChanged ? continueEpoch(input, input.state) : null;
  const begun = before ?? beginEpoch(input, budget, input.units.slice(0, -1), input.state?.cuts ?? new Map(), []);
  const need = total(begun, input.measure);
  const reason: EpochReason | null = before ? null : input.state ? 'changed' : 'first';
  if (need <= budget) return planOf(input, begun, { reserve, budget, reason, left: [], steps: [] });

  checkLeast(input, begun, budget);
  if (!input.isAutomatic) throw tooSmall(input, begun, need, 'The conversation does not fit and may not be evicted.');
  const goal = Math.floor(budget * (input.low ?? 0.5));
  const { earlier, left } = evictUnits(begun.earlier, begun.cuts, need, goal, input.measure);
  const draft = beginEpoch(input, budget, earlier, begun.cuts, left);
  checkLeast(input, draft, budget);
  const shortened = shortenDraft(draft, budget, input.measure);
  const after = total(shortened.draft, input.measure);
  if (after > budget) throw tooSmall(input, shortened.draft, after, 'Not even the shortest form fits.');
  if (input.isRetry && need - after < budget * leastFreedShare && before) {
    throw tooSmall(input, shortened.draft, after, 'A shorter form after a refusal would free next to nothing.');
  }
  const dropped = begun.earlier.slice(left.length).filter(({ firstSeq }) => firstSeq < shortened.draft.firstSeq);
  return planOf(input, shortened.draft, {
    reserve,
    budget,
    reason: reason ?? 'over-budget',
    left: [...left, ...dropped],
    steps: shortened.steps,
  });
}

function continueEpoch(input: FitInput, state: EpochState): Draft {
  const units = input.units.filter(({ firstSeq }) => firstSeq >= state.firstSeq);
  return { ...state, ...commonParts(input, units), block: input.block(false) };
}

function beginEpoch(
  input: FitInput,
  budget: number,
  earlier: readonly Unit[],
  cuts: Cuts,
  left: readonly Unit[],
): Draft {
  const { measure, state } = input;
  const current = input.units.at(-1) ?? null;
  const kept = earlier.filter(({ firstSeq }) => firstSeq >= (state?.firstSeq ?? 0));
  const firstSeq = kept[0]?.firstSeq ?? current?.firstSeq ?? state?.firstSeq ?? 1;
  const { pins, omitted } = choosePins(input.pins, pinBudget(budget), measure);
  const summaries = chooseSummaries(input.summaries(firstSeq, left), firstSeq, summaryBudget(budget), measure);
  return {
    ...commonParts(input, current ? [...kept, current] : kept),
    epoch: (state?.epoch ?? 0) + 1,
    firstSeq,
    system: input.system,
    pins,
    omittedPins: omitted,
    summaries,
    cuts: new Map([...cuts].filter(([seq]) => seq >= firstSeq)),
    block: input.block(true),
  };
}

function commonParts({ toolTokens, templateTokens }: FitInput, units: readonly Unit[]) {
  return { earlier: units.slice(0, -1), current: units.at(-1) ?? null, toolTokens, templateTokens };
}

function planOf(
  { rule, measure }: FitInput,
  draft: Draft,
  made: {
    readonly reserve: number;
    readonly budget: number;
    readonly reason: EpochReason | null;
    readonly left: readonly Unit[];
    readonly steps: readonly ShortenStep[];
  },
): FitPlan {
  const tokens = measureDraft(draft, measure);
  const totalTokens = sumTokens(tokens);
  return {
    draft,
    tokens,
    totalTokens,
    marginTokens: marginOf(rule, totalTokens),
    reserveTokens: made.reserve,
    budgetTokens: made.budget,
    epochReason: made.reason,
    left: made.left,
    steps: made.steps,
  };
}

function total(draft: Draft, measure: Measure): number {
  return sumTokens(measureDraft(draft, measure));
}

/** Before anything is shortened: what can never go must fit. */
function checkLeast(input: FitInput, draft: Draft, budget: number): void {
  const { system, tools } = measureDraft(draft, input.measure);
  const instructions = draft.pins.filter(isInstruction);
  const pins = instructions.length === 0 ? 0 : input.measure.count(renderPins(instructions, draft.omittedPins));
  const text = draft.current?.messages[0];
  const least = system + tools + pins + Math.min(leastTextTokens, text?.role === 'user' ? text.tokens : 0);
  if (least > budget) throw tooSmall(input, draft, least, 'The system prompt and the instructions leave no room.');
}

function tooSmall(input: FitInput, draft: Draft, needTokens: number, why: string): ContextError {
  const { system, tools, pins, summary, history, recall, current } = measureDraft(draft, input.measure);
  const windowTokens = input.window.contextTokens;
  return new ContextError(
    'window-too-small',
    `${why} ${needTokens} tokens are needed of a window of ${windowTokens}: use a larger window, fewer tools or a shorter prompt.`,
    { needTokens, windowTokens, parts: { system, tools, pins, summary, history, recall, current } },
  );
}
