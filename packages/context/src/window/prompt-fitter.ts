import { ContextError } from '../errors.js';
import { estimateTokens } from '../recall/estimate-tokens.js';
import { tokenizerOf, within } from '../tokens/message-counts.js';
import type { CallOptions, ModelMessage, ModelWindow } from '../types.js';
import type { WindowParts } from './create-window.js';
import { fitPrompt, type PromptPlan } from './fit-prompt.js';
import { digitTokens, judgePrompt, type SentPrompt } from './judge-prompt.js';
import type { LearnedMargins } from './learned-margins.js';
import { templateTokens } from './margin.js';
import { type CountMemo, memoMeasure, settled } from './memo-measure.js';
import { bareMessages, isSmallPrompt, type PromptLimits, promptInput } from './prompt-input.js';
import type { FitPromptOptions, FittedPrompt } from './prompt-types.js';
import { renderWindow } from './render-window.js';
import type { Observation, ObservationResult } from './types.js';
import type { Measure } from './window-data.js';

/** What a prompt fitter shares with the window. */
export interface PromptFitterParts extends WindowParts {
  readonly margins: LearnedMargins;
  readonly memo: CountMemo;
}

/** Fits that are remembered until they are observed, and after that for another try. */
const keptFits = 512;
/** Tries after a refusal or a cut. */
const mostRetries = 2;
/** Longest wait for the count of a whole prompt, ms. */
const promptCountMs = 2_000;
/** How often a prompt is made smaller after such a count. */
const mostCorrections = 3;
/** For prompts that have room in any case: without loading a tokenizer. */
const roughMeasure: Measure = {
  count: estimateTokens,
  ends: () => {
    throw new Error('a prompt that fits has no cut');
  },
};

/** Fits prompts that belong to no conversation. */
export interface PromptFitter {
  fit(options: FitPromptOptions, call: CallOptions): Promise<FittedPrompt>;
  /** `null` where the fit is none of a prompt. */
  observe(observation: Observation, call: CallOptions): Promise<ObservationResult | null>;
}

/** Makes the {@link PromptFitter} of a context. */
export function createPromptFitter(parts: PromptFitterParts): PromptFitter {
  const { counter, memo, margins, createId, clock, logger, emit } = parts;
  const sent = new Map<
    string,
    { readonly model: ModelWindow; readonly prompt: SentPrompt; readonly canShrink: boolean }
  >();
  const refused = new Map<string, { readonly budget: number; readonly retries: number }>();

  async function countOf(
    messages: readonly ModelMessage[],
    { model, tools }: FitPromptOptions,
    { signal }: CallOptions,
  ): Promise<number | null> {
    const { countTokens } = parts;
    if (!countTokens || !model.countsExactly) return null;
    return within(promptCountMs, clock, signal, (limited) =>
      countTokens({ model: model.model, messages, tools }, { signal: limited }),
    );
  }

  async function fitCounted(options: FitPromptOptions, limits: PromptLimits, call: CallOptions): Promise<Made> {
    const bare = bareMessages(options);
    const bareTokens = await countOf(bare, options, call);
    const measure = memoMeasure(counter, memo);
    const decide = async (budgetCap: number): Promise<Made> => {
      const made = await settled(
        measure,
        () => fitPrompt(promptInput(options, { ...limits, budgetCap }, measure, bareTokens)),
        call,
      );
      const { messages } = renderWindow(made.plan.draft);
      const isBare = made.kept === 0 && made.steps.every(({ what }) => what === 'recall');
      const counted = bareTokens === null || isBare ? bareTokens : await countOf(messages, options, call);
      return { ...made, messages, counted, isCounted: true };
    };
    let made = await decide(limits.budgetCap);
    for (let correction = 1; made.counted !== null; correction++) {
      const { plan, counted } = made;
      const over = counted - (options.model.contextTokens - plan.reserveTokens);
      if (over <= 0) break;
      if (correction > mostCorrections) throw overAfterCounts(counted, options);
      made = await decide(Math.min(plan.budgetTokens, plan.totalTokens) - over);
    }
    return made;
  }

  function remember(
    options: FitPromptOptions,
    { plan, kept, steps, messages, counted, isCounted }: Made,
    limits: PromptLimits,
  ): FittedPrompt {
    const { model, data = [], keepsCurrent = false } = options;
    const { system, tools, pins, summary, history, recall, current } = plan.tokens;
    const total = counted ?? plan.totalTokens;
    const fitId = createId();
    const fit = {
      conversationId: '',
      model: model.model,
      tokenizer: tokenizerOf(model),
      contextTokens: model.contextTokens,
      totalTokens: total,
      marginTokens: counted === null ? plan.marginTokens : 0,
      budgetTokens: plan.budgetTokens,
      templateTokens: counted === null ? templateTokens(limits.learned) : 0,
      isExact: counted !== null,
      stableTokens: 0,
    };
    const joinedDigits = messages.reduce((sum, { content }) => sum + digitTokens(content), 0);
    const leastTokens = counted ?? Math.max(1, total - joinedDigits);
    const prompt = { fit, isCounted, leastTokens, retries: limits.retries };
    keep(sent, fitId, { model, prompt, canShrink: kept > 0 || !keepsCurrent });
    return {
      fitId,
      messages,
      tokens: {
        ...{ system, tools, pins, summary, history, recall, current, total },
        margin: plan.marginTokens,
        reserve: plan.reserveTokens,
        exact: counted !== null,
      },
      budgetTokens: plan.budgetTokens,
      data: { ids: data.slice(0, kept).map(({ id }) => id), left: data.slice(kept).map(({ id }) => id) },
      shortened: steps,
    };
  }

  return {
    async fit(options, call) {
      const learned = await margins.get(options.model, call);
      const before = options.after === undefined ? undefined : refused.get(options.after);
      const budgetCap = before?.budget ?? Number.POSITIVE_INFINITY;
      const limits = { learned, budgetCap, retries: before?.retries ?? 0 };
      if (!isSmallPrompt(options, limits)) return remember(options, await fitCounted(options, limits, call), limits);
      const made = fitPrompt(promptInput(options, limits, roughMeasure, null));
      const { messages } = renderWindow(made.plan.draft);
      return remember(options, { ...made, messages, counted: null, isCounted: false }, limits);
    },
    async observe({ fitId, ...observation }, call) {
      const known = sent.get(fitId);
      if (!known) return null;
      sent.delete(fitId);
      const { model, prompt, canShrink } = known;
      const learned = await margins.get(model, call);
      const { kind, sample, retryBudget } = judgePrompt(prompt, learned, observation);
      const { totalTokens: sentTokens, tokenizer } = prompt.fit;
      const facts = {
        conversationId: null,
        model: model.model,
        promptTokens: observation.promptTokens ?? 0,
        sentTokens,
      };
      try {
        if (sample) await margins.learn(tokenizer, sample, call);
      } catch (error) {
        call.signal?.throwIfAborted();
        logger.warn({ ...facts, error }, 'What a call taught about its tokenizer could not be stored.');
      }
      if (kind === 'truncated') emit('window-truncated', facts);
      else if (kind === 'over') {
        logger.warn(facts, 'The prompt took more tokens than its margin allowed; the margin was widened.');
      }
      const retries = prompt.retries + 1;
      const isRefitWorthwhile = retryBudget !== null && canShrink && retries <= mostRetries;
      if (isRefitWorthwhile) keep(refused, fitId, { budget: retryBudget, retries });
      return { kind, isRefitWorthwhile };
    },
  };
}

interface Made extends PromptPlan {
  readonly messages: readonly ModelMessage[];
  /** The server's own count. */
  readonly counted: number | null;
  /** `false` where it is so short that nobody counted it. */
  readonly isCounted: boolean;
}

function overAfterCounts(needTokens: number, { model: { contextTokens } }: FitPromptOptions): ContextError {
  const message = `The server counts ${needTokens} tokens, however short the prompt is made.`;
  return new ContextError('window-too-small', message, { needTokens, windowTokens: contextTokens });
}

/** Keeps the newest ones. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= keptFits) break;
    map.delete(oldest);
  }
}
