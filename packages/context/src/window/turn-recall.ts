import type { FindRecall } from '../recall/types.js';
import type { ContextStore } from '../store/contract.js';
import type { CallOptions } from '../types.js';
import type { MadePlan } from './fitter.js';
import { recallLine } from './news.js';
import type { FitOptions } from './types.js';
import type { RecallLine } from './window-data.js';

/** Unasked recall comes at most once in this many turns: each block is evaluated, and fills the window. */
const everyTurns = 5;
/** The same for a turn that begins an epoch: nearly all is evaluated then, and what else is kept makes way for it. */
const everyTurnsOfEpochs = 3;
/** Most tokens of text that nobody asked for: it is evaluated once and fills the window until the next epoch. */
const unaskedTokens = 450;
/** What stands around recalled text. */
const frameTokens = 40;
/** Most tokens of recalled text that was asked for. */
const askedTokens = 1_200;

/** What was found for a turn. */
export interface TurnRecall {
  readonly lines: readonly RecallLine[];
  readonly reasons: readonly string[];
}

const nothing: TurnRecall = { lines: [], reasons: [] };

/**
 * Finds what belongs to the current turn and is not in the window already. What nobody asked for waits for a turn that has room for it or
 * begins an epoch anyway: it is never what makes others leave. A failure is a reason, never an error.
 */
export async function recallForTurn(
  { recall, store }: { readonly recall: FindRecall; readonly store: ContextStore },
  options: FitOptions,
  { plan: { draft, budgetTokens, totalTokens, epochReason }, loaded: { conversation, pins } }: MadePlan,
  { signal }: CallOptions,
): Promise<TurnRecall> {
  const text = draft.current?.messages[0];
  if (options.recall === false || conversation.isPrivate || text?.role !== 'user' || draft.block.kind !== 'new') {
    return nothing;
  }
  const isAsked = options.recall !== undefined;
  const most = options.recall?.maxTokens ?? (isAsked ? askedTokens : unaskedTokens);
  const maxTokens = Math.min(most, Math.floor(budgetTokens / 4));
  if (!isAsked) {
    if (epochReason === null && totalTokens + maxTokens + frameTokens > budgetTokens) return nothing;
    const turns = (epochReason === null ? everyTurns : everyTurnsOfEpochs) - 1;
    if (await hasRecalled(store, conversation.id, { turns, beforeSeq: draft.current!.firstSeq }, signal))
      return nothing;
  }
  const shown = [...draft.earlier, draft.current!].flatMap(({ messages }) => messages.map(({ id }) => id));
  const asked = { owner: conversation.owner, project: conversation.project, gate: !isAsked, ...options.recall };
  const exclude = [...shown, ...pins.map(({ id }) => id)];
  const { hits, reason } = await recall(
    { ...asked, askedIn: conversation.id, text: text.text, maxTokens, exclude },
    { signal },
  );
  return { lines: hits.map(recallLine), reasons: reason === 'failed' ? ['recall-failed'] : [] };
}

/** Whether one of the last turns before a place got recalled text, in the window or not. */
async function hasRecalled(
  store: ContextStore,
  conversationId: string,
  { turns, beforeSeq }: { readonly turns: number; readonly beforeSeq: number },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return store.read(
    async (queries) => {
      const range = { roles: ['user'], toSeq: beforeSeq - 1, newestFirst: true, limit: turns } as const;
      const seqs = (await queries.messages.marks(conversationId, range)).map(({ seq }) => seq);
      const first = seqs.at(-1);
      if (first === undefined) return false;
      const blocks = await queries.blocks.range(conversationId, first);
      return blocks.some(({ seq, sources }) => sources.length > 0 && seqs.includes(seq));
    },
    { signal },
  );
}
