import { ContextError } from '../errors.js';
import { type MessageCounts, tokenizerOf, within } from '../tokens/message-counts.js';
import type { CallOptions, ModelMessage, ModelWindow } from '../types.js';
import type { WindowParts } from './create-window.js';
import { type FitPlan, fitWindow } from './fit.js';
import type { Draft } from './layout.js';
import { type LoadedWindow, loadWindow } from './load-window.js';
import { type InputExtras, makeInput } from './make-input.js';
import { type LearnedMargin, templateTokens } from './margin.js';
import { type CountMemo, type MemoMeasure, memoMeasure, settled } from './memo-measure.js';
import type { MessageCache } from './message-cache.js';
import type { SentFit } from './observe.js';
import { hashPrefixes, renderWindow } from './render-window.js';
import { leftAfter, saveWindow } from './save-window.js';
import { recallForTurn } from './turn-recall.js';
import type { FitOptions, FittedWindow } from './types.js';

/** What a fitter shares with the window. */
export interface FitterParts extends WindowParts {
  readonly counts: MessageCounts;
  readonly memo: CountMemo;
  readonly cache: MessageCache;
}

/** What was learnt before this fit. */
export interface FitLimits {
  readonly learned: LearnedMargin;
  readonly budgetCap: number;
  /** Whether the server has refused the window before. */
  readonly isRetry: boolean;
}

/** A plan with what it was made from. */
export interface MadePlan {
  readonly loaded: LoadedWindow;
  readonly plan: FitPlan;
  readonly extras: InputExtras;
  readonly measure: MemoMeasure;
}

/** A rendered window with the hashes of its parts. */
interface HashedWindow {
  readonly messages: readonly ModelMessage[];
  readonly beforeSha256: string;
  readonly stableSha256: string;
  readonly sha256: string;
}

/** Longest wait for the count of a whole prompt, ms. */
const promptCountMs = 2_000;
/** Above this share of the budget a prompt is counted by the server's tokenizer. */
const nearlyFull = 0.9;
/** How often a prompt is made smaller after such a count. */
const mostCorrections = 3;

/** Makes one window after the other. */
export function createFitter(parts: FitterParts) {
  const { counter, memo, createId, clock, logger } = parts;
  /** Hash of what was sent last, by conversation and model: fresher than the stored one. */
  const lastSent = new Map<
    string,
    { readonly epoch: number; readonly currentSeq: number; readonly messages: number; readonly sha256: string }
  >();

  const renders = new WeakMap<Draft, HashedWindow>();

  async function plan(
    options: Pick<FitOptions, 'conversationId' | 'model' | 'tools' | 'answerTokens' | 'auto' | 'current'>,
    model: ModelWindow,
    limits: FitLimits,
    call: CallOptions,
  ): Promise<MadePlan> {
    const loaded = await loadWindow(parts, options.conversationId, model, call);
    const measure = memoMeasure(counter, memo);
    const currentSeq = loaded.messages.findLast(({ role }) => role === 'user')?.seq;
    const extras: InputExtras = {
      ...limits,
      measure,
      nowMs: clock.now(),
      recall: [],
      hasChanged: false,
      createId,
      isSent: currentSeq !== undefined && lastSent.get(keyOf(options))?.currentSeq === currentSeq,
      extracts: { known: new Map(), made: [] },
    };
    const made: MadePlan = {
      loaded,
      extras,
      measure,
      plan: await decide({ loaded, extras, measure }, options, model, call),
    };
    if (made.plan.epochReason !== null || !isChanged(made, options)) return made;
    return again(made, { hasChanged: true }, options, model, call);
  }

  /** Renders a draft once; of its bytes everything is hashed in one pass. */
  function rendered(draft: Draft, messagesBefore = 0): HashedWindow {
    const known = renders.get(draft);
    if (known) return known;
    const { messages, stableMessages } = renderWindow(draft);
    const [beforeSha256, stableSha256, sha256] = hashPrefixes(messages, [
      messagesBefore,
      stableMessages,
      messages.length,
    ]);
    const made = { messages, beforeSha256: beforeSha256!, stableSha256: stableSha256!, sha256: sha256! };
    renders.set(draft, made);
    return made;
  }

  /** Whether what was sent before is not what stands at the beginning now: something of it was removed. */
  function isChanged(
    { loaded, plan: { draft } }: MadePlan,
    options: Pick<FitOptions, 'conversationId' | 'model'>,
  ): boolean {
    const last = lastSent.get(keyOf(options));
    const before =
      last && last.epoch === loaded.row!.epoch
        ? last
        : { messages: loaded.state!.sentMessages, sha256: loaded.row!.prefixSha256 };
    return rendered(draft, before.messages).beforeSha256 !== before.sha256;
  }

  async function decide(
    { loaded, extras, measure }: Omit<MadePlan, 'plan'>,
    options: Pick<FitOptions, 'tools' | 'answerTokens' | 'auto' | 'current'>,
    model: ModelWindow,
    call: CallOptions,
  ): Promise<FitPlan> {
    return settled(measure, () => fitWindow(makeInput(loaded, model, options, extras)), call);
  }

  async function again(
    made: MadePlan,
    change: Partial<InputExtras>,
    options: Pick<FitOptions, 'tools' | 'answerTokens' | 'auto' | 'current'>,
    model: ModelWindow,
    call: CallOptions,
  ): Promise<MadePlan> {
    const extras = { ...made.extras, ...change };
    return { ...made, extras, plan: await decide({ ...made, extras }, options, model, call) };
  }

  /** The server's count of a whole prompt, where that is worth its time. */
  async function countPrompt(
    { plan: { totalTokens, budgetTokens, epochReason } }: MadePlan,
    messages: readonly ModelMessage[],
    options: FitOptions,
    model: ModelWindow,
    { signal }: CallOptions,
  ): Promise<number | null> {
    const { countTokens } = parts;
    if (!countTokens || !model.countsExactly) return null;
    if (epochReason === null && totalTokens <= nearlyFull * budgetTokens) return null;
    return within(promptCountMs, clock, signal, (limited) =>
      countTokens({ model: model.model, messages, tools: options.tools }, { signal: limited }),
    );
  }

  async function fit(
    options: FitOptions,
    model: ModelWindow,
    limits: FitLimits,
    call: CallOptions,
  ): Promise<{ readonly window: FittedWindow; readonly fit: SentFit }> {
    let made = await plan(options, model, limits, call);
    const { lines, reasons } = await recallForTurn(parts, options, made, call);
    if (lines.length > 0) made = await again(made, { recall: lines }, options, model, call);

    let prompt = rendered(made.plan.draft);
    let counted = await countPrompt(made, prompt.messages, options, model, call);
    for (let correction = 1; counted !== null; correction++) {
      const over = counted - (model.contextTokens - made.plan.reserveTokens);
      if (over <= 0) break;
      if (correction > mostCorrections) throw overAfterCounts(counted, model);
      const budgetCap = Math.min(made.plan.budgetTokens, made.plan.totalTokens) - over;
      made = await again(made, { budgetCap }, options, model, call);
      prompt = rendered(made.plan.draft);
      counted = await countPrompt(made, prompt.messages, options, model, call);
    }

    const { loaded, plan: final } = made;
    const { draft } = final;
    const isPreview = options.current !== undefined;
    const { messages, sha256 } = prompt;
    const left = await leftAfter(parts, loaded, final, call);
    if (!isPreview) {
      await saveWindow(parts, made, { options, left, sha256, sentMessages: messages.length }, call);
      lastSent.set(keyOf(options), {
        epoch: draft.epoch,
        currentSeq: draft.current?.firstSeq ?? 0,
        messages: messages.length,
        sha256,
      });
      for (const oldest of lastSent.keys()) {
        if (lastSent.size <= 1_000) break;
        lastSent.delete(oldest);
      }
    }
    for (const reason of reasons) logger.warn({ conversationId: options.conversationId }, reason);
    const { system, tools, pins, summary, history, recall, current } = final.tokens;
    const totalTokens = counted ?? final.totalTokens;
    const stableTokens = final.totalTokens - recall - current;
    return {
      window: {
        fitId: isPreview ? null : createId(),
        messages,
        tokens: {
          system,
          tools,
          pins,
          summary,
          history,
          recall,
          current,
          margin: final.marginTokens,
          reserve: final.reserveTokens,
          total: totalTokens,
          exact: counted !== null,
        },
        epoch: draft.epoch,
        firstSeq: draft.firstSeq,
        stablePrefix: { tokens: stableTokens, sha256: prompt.stableSha256 },
        left,
        shortened: final.steps,
        reasons: [...reasonsOf(final, made.loaded), ...reasons],
      },
      fit: {
        conversationId: options.conversationId,
        model: model.model,
        tokenizer: tokenizerOf(model),
        contextTokens: model.contextTokens,
        totalTokens,
        marginTokens: counted === null ? final.marginTokens : 0,
        budgetTokens: final.budgetTokens,
        templateTokens: templateTokens(limits.learned),
        isExact: counted !== null,
        stableTokens: final.epochReason === null ? stableTokens : 0,
      },
    };
  }

  return { fit, plan };
}

function reasonsOf({ epochReason, left, steps, draft }: FitPlan, { messages }: LoadedWindow): string[] {
  const reasons: string[] = [];
  if (epochReason !== null) reasons.push(`epoch:${epochReason}`);
  if (left.length > 0) reasons.push(`evicted:${left.length}`);
  if (steps.length > 0) reasons.push(`shortened:${steps.length}`);
  if (draft.omittedPins > 0) reasons.push(`pins-without-room:${draft.omittedPins}`);
  const shown = new Set(
    [...draft.earlier, ...(draft.current ? [draft.current] : [])].flatMap((unit) => unit.messages.map(({ id }) => id)),
  );
  for (const { id, role, seq } of messages) {
    if (role === 'tool' && seq >= draft.firstSeq && !shown.has(id)) reasons.push(`result-without-call:${id}`);
  }
  return reasons;
}

function overAfterCounts(needTokens: number, { contextTokens }: ModelWindow): ContextError {
  return new ContextError(
    'window-too-small',
    `The server counts ${needTokens} tokens, however short the prompt is made.`,
    {
      needTokens,
      windowTokens: contextTokens,
    },
  );
}

function keyOf({ conversationId, model }: Pick<FitOptions, 'conversationId' | 'model'>): string {
  return JSON.stringify([conversationId, model]);
}
