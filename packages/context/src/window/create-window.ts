import { ContextError } from '../errors.js';
import type { Parts } from '../parts.js';
import type { FindRecall } from '../recall/types.js';
import type { TokenCounter } from '../tokens/create-token-counter.js';
import { createMessageCounts } from '../tokens/message-counts.js';
import type { CallOptions, CountTokens, ModelWindow } from '../types.js';
import { explainWindow } from './explain-window.js';
import { createFitter } from './fitter.js';
import { createLearnedMargins } from './learned-margins.js';
import type { CountMemo } from './memo-measure.js';
import { createMessageCache } from './message-cache.js';
import { judgeCall, type SentFit } from './observe.js';
import { createPromptFitter } from './prompt-fitter.js';
import type { FitOptions, ObservationResult, Windows } from './types.js';

/** What {@link createWindow} needs. */
export interface WindowParts extends Pick<Parts, 'store' | 'clock' | 'createId' | 'logger' | 'emit'> {
  readonly models: readonly ModelWindow[];
  readonly counter: TokenCounter;
  /** Finds what matters for a turn. */
  readonly recall: FindRecall;
  readonly countTokens?: CountTokens | undefined;
  /** Where margins are kept: the store that is still open while the context closes. */
  readonly marginStore?: Parts['store'] | undefined;
}

/** Fits that are remembered until they are observed. */
const keptFits = 512;
/** Tries after a refusal. */
const mostRetries = 2;

/** What a fit may take after a refusal, and how often it was tried. */
interface Refusal {
  readonly budget: number;
  readonly retries: number;
}

/** Windows that keep texts in memory until they are told to drop them. */
export interface OpenWindows extends Windows {
  /** Lets go of every text that is kept between two fits: after a deletion none may stay. */
  dropTexts(): void;
  close(): Promise<void>;
}

/** Makes the {@link Windows} of a context. */
export function createWindow(parts: WindowParts): OpenWindows {
  const { store, clock, logger, emit } = parts;
  const margins = createLearnedMargins({ store: parts.marginStore ?? store, clock });
  const memo: CountMemo = new Map();
  const counts = createMessageCounts(parts);
  const cache = createMessageCache();
  const sent = new Map<string, SentFit>();
  const refusals = new Map<string, Refusal>();
  const namedForCache = new Set<string>();
  const turns = new Map<string, Promise<unknown>>();
  const fitter = createFitter({ ...parts, counts, memo, cache });
  const prompts = createPromptFitter({ ...parts, margins, memo });

  function modelOf(name: string): ModelWindow {
    const model = parts.models.find((one) => one.model === name);
    if (!model)
      throw new ContextError('not-found', `The context knows no model ${name}: name it in models.`, { id: name });
    return model;
  }

  function limitsOf(key: string): { readonly budgetCap: number; readonly isRetry: boolean } {
    const refusal = refusals.get(key);
    return { budgetCap: refusal?.budget ?? Number.POSITIVE_INFINITY, isRetry: refusal !== undefined };
  }

  /** One fit of a conversation and model after the other: the second one begins where the first one ended. */
  async function inTurn<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const before = turns.get(key);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return run();
    })();
    turns.set(key, mine);
    try {
      return await mine;
    } finally {
      if (turns.get(key) === mine) turns.delete(key);
    }
  }

  function remember(fitId: string, fit: SentFit): void {
    sent.set(fitId, fit);
    for (const oldest of sent.keys()) {
      if (sent.size <= keptFits) break;
      sent.delete(oldest);
    }
  }

  return {
    async fit(options: FitOptions, call: CallOptions = {}) {
      const model = modelOf(options.model);
      const key = keyOf(options.conversationId, options.model);
      return inTurn(key, async () => {
        const learned = await margins.get(model, call);
        const { window, fit } = await fitter.fit(options, model, { learned, ...limitsOf(key) }, call);
        if (window.fitId !== null) remember(window.fitId, fit);
        return window;
      });
    },
    fitPrompt: async (options, call = {}) => prompts.fit(options, call),
    async explain(conversationId, name, call = {}) {
      const model = modelOf(name);
      const key = keyOf(conversationId, name);
      const learned = await margins.get(model, call);
      return explainWindow(
        { ...parts, counts, memo, cache },
        conversationId,
        model,
        { learned, ...limitsOf(key) },
        call,
      );
    },
    async observe(observation, call = {}): Promise<ObservationResult> {
      const ofPrompt = await prompts.observe(observation, call);
      if (ofPrompt) return ofPrompt;
      const fit = sent.get(observation.fitId);
      if (!fit) return { kind: 'unknown', isRefitWorthwhile: false };
      sent.delete(observation.fitId);
      const verdict = judgeCall(fit, observation);
      const { conversationId, model } = fit;
      const key = keyOf(conversationId, model);
      const facts = { conversationId, model, promptTokens: observation.promptTokens, sentTokens: fit.totalTokens };
      if (verdict.sample) await margins.learn(fit.tokenizer, verdict.sample, call);
      if (verdict.hasLostCache && !namedForCache.has(model)) {
        namedForCache.add(model);
        logger.warn(
          facts,
          'The server evaluates again what it should have cached: the template of this model may change it.',
        );
      }
      if (verdict.kind === 'too-long') {
        const retries = (refusals.get(key)?.retries ?? 0) + 1;
        const isRefitWorthwhile = retries <= mostRetries;
        refusals.set(key, { budget: verdict.retryBudget!, retries: isRefitWorthwhile ? retries : 0 });
        return { kind: 'too-long', isRefitWorthwhile };
      }
      if (observation.promptTokens !== null) refusals.delete(key);
      if (verdict.kind === 'truncated') {
        emit('window-truncated', { ...facts, promptTokens: observation.promptTokens ?? 0 });
      } else if (verdict.kind === 'over') {
        logger.warn(facts, 'The prompt took more tokens than its margin allowed; the margin was widened.');
      }
      return { kind: verdict.kind, isRefitWorthwhile: false };
    },
    dropTexts() {
      memo.clear();
      cache.clear();
    },
    async close() {
      await margins.close();
    },
  };
}

function keyOf(conversationId: string, model: string): string {
  return JSON.stringify([conversationId, model]);
}
