import type { FindRecall } from '../recall/types.js';
import type { CallOptions } from '../types.js';
import type { MadePlan } from './fitter.js';
import { recallLine } from './news.js';
import type { FitOptions } from './types.js';
import type { RecallLine } from './window-data.js';

/** Unasked recall comes at most once in this many turns: each block is evaluated, and fills the window. */
const recallEveryTurns = 5;
/** Most tokens of text that nobody asked for: it is evaluated once and fills the window until the next epoch. */
const unaskedTokens = 600;
/** Most tokens of recalled text that was asked for. */
const askedTokens = 1_200;

/** What was found for a turn. */
export interface TurnRecall {
  readonly lines: readonly RecallLine[];
  readonly reasons: readonly string[];
}

const nothing: TurnRecall = { lines: [], reasons: [] };

/** Finds what belongs to the current turn and is not in the window already. A failure is a reason, never an error. */
export async function recallForTurn(
  { recall }: { readonly recall: FindRecall },
  options: FitOptions,
  { plan: { draft, budgetTokens }, loaded: { conversation, blocks, pins } }: MadePlan,
  { signal }: CallOptions,
): Promise<TurnRecall> {
  const text = draft.current?.messages[0];
  if (options.recall === false || conversation.isPrivate || text?.role !== 'user' || draft.block.kind !== 'new') {
    return nothing;
  }
  const isAsked = options.recall !== undefined;
  const recent = new Set(draft.earlier.slice(1 - recallEveryTurns).map(({ firstSeq }) => firstSeq));
  if (!isAsked && blocks.some(({ seq, sources }) => recent.has(seq) && sources.length > 0)) return nothing;
  const shown = [...draft.earlier, draft.current!].flatMap(({ messages }) => messages.map(({ id }) => id));
  const asked = { owner: conversation.owner, project: conversation.project, gate: !isAsked, ...options.recall };
  const maxTokens = Math.min(
    options.recall?.maxTokens ?? (isAsked ? askedTokens : unaskedTokens),
    Math.floor(budgetTokens / 4),
  );
  const exclude = [...shown, ...pins.map(({ id }) => id)];
  const { hits, reason } = await recall(
    { ...asked, askedIn: conversation.id, text: text.text, maxTokens, exclude },
    { signal },
  );
  return { lines: hits.map(recallLine), reasons: reason === 'failed' ? ['recall-failed'] : [] };
}
