import { cutEnds, cutTokens } from './cut-text.js';
import { isInstruction } from './epoch.js';
import { blockText, type CurrentBlock, type Draft, measureDraft, sumTokens, unitTokens } from './layout.js';
import { renderPins, renderSummaries } from './render.js';
import type { Cut, Measure, ShortenStep, WindowMessage } from './window-data.js';

/** A draft after a step of shortening. */
export interface Shortened {
  readonly draft: Draft;
  readonly steps: readonly ShortenStep[];
}

type Action = (draft: Draft, measure: Measure, overTokens: number) => Shortened;

/**
 * Where results of the current turn must go, they go down to this share of the budget, all but the newest: with only as many as needed each
 * further step of a long turn would begin another epoch, and evaluate everything again.
 */
const turnShare = 0.75;
/** Tokens kept of each end of an assistant's text. */
const answerEndTokens = 60;

/**
 * Makes a draft fit into `budget`, in a fixed order and each step only as far as needed: results of tools in earlier units, recalled text,
 * summaries, answers, the earlier units, results and steps of the current turn, its text, and pins that are no instructions.
 */
export function shortenDraft(draft: Draft, budget: number, measure: Measure): Shortened {
  let now = draft;
  const steps: ShortenStep[] = [];
  for (const action of actions) {
    if (sumTokens(measureDraft(now, measure)) <= budget) break;
    const goal = action === shortenCurrentResult ? Math.floor(budget * turnShare) : budget;
    for (;;) {
      const total = sumTokens(measureDraft(now, measure));
      if (total <= goal) break;
      const done = action(now, measure, total - budget);
      if (done.steps.length === 0) break;
      now = done.draft;
      steps.push(...done.steps);
    }
  }
  return { draft: now, steps };
}

const actions: readonly Action[] = [
  shortenEarlierResult,
  shortenRecall,
  shortenSummaries,
  shortenAnswer,
  dropUnit,
  shortenCurrentResult,
  shortenCurrentAnswer,
  dropCurrentStep,
  shortenCurrentText,
  dropPins,
];

function nothing(draft: Draft): Shortened {
  return { draft, steps: [] };
}

function withCut(
  draft: Draft,
  what: ShortenStep['what'],
  message: WindowMessage,
  cut: Cut,
  measure: Measure,
): Shortened | null {
  const fromTokens = cutTokens(message, draft.cuts.get(message.seq), measure);
  const toTokens = cutTokens(message, cut, measure);
  if (toTokens >= fromTokens) return null;
  const cuts = new Map(draft.cuts).set(message.seq, cut);
  return { draft: { ...draft, cuts }, steps: [{ what, ids: [message.id], fromTokens, toTokens }] };
}

function firstCut(
  draft: Draft,
  what: ShortenStep['what'],
  messages: readonly WindowMessage[],
  cutOf: (message: WindowMessage) => Cut | null,
  measure: Measure,
): Shortened {
  for (const message of messages) {
    if (draft.cuts.has(message.seq)) continue;
    const cut = cutOf(message);
    const done = cut && withCut(draft, what, message, cut, measure);
    if (done) return done;
  }
  return nothing(draft);
}

function shortenEarlierResult(draft: Draft, measure: Measure): Shortened {
  const results = draft.earlier.flatMap(({ messages }) => messages.filter(({ role }) => role === 'tool'));
  return firstCut(draft, 'tool-result', results, () => ({ keep: 'marker' }), measure);
}

function shortenRecall(draft: Draft, measure: Measure): Shortened {
  const shorter = shorterBlock(draft.block);
  if (!shorter) return nothing(draft);
  const fromTokens = measure.count(blockText(draft.block));
  const toTokens = measure.count(blockText(shorter.block));
  if (toTokens >= fromTokens) return nothing(draft);
  return {
    draft: { ...draft, block: shorter.block },
    steps: [{ what: 'recall', ids: shorter.ids, fromTokens, toTokens }],
  };
}

function shorterBlock(block: CurrentBlock): { block: CurrentBlock; ids: string[] } | null {
  if (block.kind === 'dropped') return null;
  if (block.kind === 'stored') return { block: { kind: 'dropped' }, ids: [] };
  const { recall, date, news } = block.parts;
  if (recall.length > 1) {
    const top = recall.reduce((best, line) => (line.relevance > best.relevance ? line : best));
    const left = recall.filter((line) => line !== top).map(({ id }) => id);
    return { block: { kind: 'new', parts: { ...block.parts, recall: [top] } }, ids: left };
  }
  if (recall.length === 1) {
    return { block: { kind: 'new', parts: { ...block.parts, recall: [] } }, ids: [recall[0]!.id] };
  }
  return news.length > 0 || date !== null ? { block: { kind: 'dropped' }, ids: [] } : null;
}

function shortenSummaries(draft: Draft, measure: Measure): Shortened {
  const { summaries } = draft;
  if (summaries.length === 0) return nothing(draft);
  const highest = Math.max(...summaries.map(({ level }) => level));
  const top = summaries.filter(({ level }) => level === highest);
  const kept = top.length < summaries.length ? top : [];
  const fromTokens = measure.count(renderSummaries(summaries));
  const toTokens = kept.length === 0 ? 0 : measure.count(renderSummaries(kept));
  const ids = summaries.filter((summary) => !kept.includes(summary)).map(({ id }) => id);
  return { draft: { ...draft, summaries: kept }, steps: [{ what: 'summaries', ids, fromTokens, toTokens }] };
}

function shortenAnswer(draft: Draft, measure: Measure): Shortened {
  const answers = draft.earlier.flatMap(({ messages }) => messages.filter(({ role }) => role === 'assistant'));
  return firstCut(draft, 'answer', answers, (message) => answerCut(message, measure), measure);
}

function shortenCurrentAnswer(draft: Draft, measure: Measure): Shortened {
  const answers = draft.current?.messages.filter(({ role }) => role === 'assistant') ?? [];
  return firstCut(draft, 'answer', answers, (message) => answerCut(message, measure), measure);
}

function answerCut(message: WindowMessage, measure: Measure): Cut | null {
  return message.tokens <= 2 * answerEndTokens ? null : cutEnds(message, answerEndTokens, answerEndTokens, measure);
}

function dropUnit(draft: Draft, measure: Measure): Shortened {
  const [unit, ...earlier] = draft.earlier;
  if (!unit || !draft.current) return nothing(draft);
  const fromTokens = unitTokens(unit, draft.cuts, measure);
  const ids = unit.messages.map(({ id }) => id);
  const firstSeq = earlier[0]?.firstSeq ?? draft.current.firstSeq;
  return { draft: { ...draft, earlier, firstSeq }, steps: [{ what: 'unit', ids, fromTokens, toTokens: 0 }] };
}

function shortenCurrentResult(draft: Draft, measure: Measure, overTokens: number): Shortened {
  const all = draft.current?.messages.filter(({ role }) => role === 'tool') ?? [];
  const results = overTokens > 0 ? all : all.slice(0, -1);
  return firstCut(draft, 'current-result', results, () => ({ keep: 'marker' }), measure);
}

/** Lets the oldest call of the current turn go with its results; never the newest one. */
function dropCurrentStep(draft: Draft, measure: Measure): Shortened {
  const { current } = draft;
  if (!current) return nothing(draft);
  const rest = current.messages.slice(1);
  const begins = rest.flatMap(({ role, seq }, index) =>
    role === 'assistant' && draft.cuts.get(seq)?.keep !== 'nothing' ? [index] : [],
  );
  const [from, to] = begins;
  if (from === undefined || to === undefined) return nothing(draft);
  const gone = rest.slice(from, to);
  const cuts = new Map(draft.cuts);
  for (const { seq } of gone) cuts.set(seq, { keep: 'nothing' });
  const fromTokens = unitTokens(current, draft.cuts, measure);
  const toTokens = unitTokens(current, cuts, measure);
  const ids = [...new Set(gone.map(({ id }) => id))];
  return { draft: { ...draft, cuts }, steps: [{ what: 'current-step', ids, fromTokens, toTokens }] };
}

/** Share of what fits that each end of the current text gets. */
const endShare = 0.4;
/** Fewest tokens of the user's text. */
export const leastTextTokens = 64;
/** The marker between the ends. */
const markerTokens = 40;

function shortenCurrentText(draft: Draft, measure: Measure, overTokens: number): Shortened {
  const message = draft.current?.messages[0];
  if (message?.role !== 'user') return nothing(draft);
  const cut = draft.cuts.get(message.seq);
  const tokens = cutTokens(message, cut, measure) - message.extraTokens;
  const fits = Math.max(leastTextTokens, tokens - overTokens - markerTokens);
  // What is over by less than the ends leave free anyway goes with the fifth that neither end gets.
  const each = Math.max(leastTextTokens / 2, Math.floor(fits * endShare));
  const ends = cutEnds(message, each, each, measure);
  return (ends && withCut(draft, 'current-text', message, ends, measure)) ?? nothing(draft);
}

function dropPins(draft: Draft, measure: Measure): Shortened {
  const pins = draft.pins.filter(isInstruction);
  const gone = draft.pins.filter((pin) => !isInstruction(pin));
  if (gone.length === 0) return nothing(draft);
  const omittedPins = draft.omittedPins + gone.length;
  const fromTokens = measure.count(renderPins(draft.pins, draft.omittedPins));
  const toTokens = measure.count(renderPins(pins, omittedPins));
  return {
    draft: { ...draft, pins, omittedPins },
    steps: [{ what: 'pins', ids: gone.map(({ id }) => id), fromTokens, toTokens }],
  };
}
