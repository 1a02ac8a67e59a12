import type { Parts } from '../parts.js';
import type { MessageRow, StoreQueries } from '../store/contract.js';
import { extractPromptVersion } from '../summaries/prompts.js';
import { sourceSha256 } from '../summaries/source-sha256.js';
import type { CallOptions } from '../types.js';
import type { FitPlan } from './fit.js';
import type { MadePlan } from './fitter.js';
import { blockText, unitTokens } from './layout.js';
import type { LoadedWindow } from './load-window.js';
import { knownAfter } from './make-input.js';
import { standingBlock } from './standing-block.js';
import { packState } from './stored-state.js';
import type { FitOptions, WindowLeft } from './types.js';
import { messageOverheadTokens, type Unit } from './window-data.js';

/** What is out of the window after a plan. */
export async function leftAfter(
  { store }: Pick<Parts, 'store'>,
  loaded: LoadedWindow,
  { left, draft }: FitPlan,
  options: CallOptions,
): Promise<WindowLeft> {
  const { state, row, loadedFromSeq, conversation } = loaded;
  const known = state?.left ?? { units: 0, messages: 0, tokens: 0 };
  const range = { fromSeq: row?.firstSeq ?? 1, toSeq: loadedFromSeq - 1 };
  const skipped =
    range.toSeq < range.fromSeq
      ? { units: 0, messages: 0, characters: 0 }
      : await store.read((queries) => queries.messages.outline(conversation.id, range), options);
  const gone = left.filter(({ firstSeq }) => firstSeq < draft.firstSeq);
  return {
    units: known.units + skipped.units + gone.filter((unit) => unit.messages[0]?.role === 'user').length,
    messages: known.messages + skipped.messages + gone.reduce((sum, unit) => sum + countMessages(unit), 0),
    tokens: known.tokens + Math.ceil(skipped.characters / 4) + gone.reduce((sum, unit) => sum + tokensOf(unit), 0),
  };
}

/**
 * Stores what the next fit needs: the epoch, the block of the turn, extracts of what left. Nothing where nothing has changed, and
 * nothing of what was deleted or redacted while the window was made.
 */
export async function saveWindow(
  { store, clock, emit }: Pick<Parts, 'store' | 'clock' | 'emit'>,
  { loaded, plan, extras, measure }: MadePlan,
  made: {
    readonly options: Pick<FitOptions, 'conversationId' | 'model'>;
    readonly left: WindowLeft;
    readonly sha256: string;
    readonly sentMessages: number;
  },
  call: CallOptions,
): Promise<void> {
  const { draft, epochReason, left, steps } = plan;
  const { conversationId, model } = made.options;
  const nowMs = Math.round(clock.now());
  const isNewEpoch = epochReason !== null;
  const text = blockText(draft.block);
  const isBlockNew =
    draft.block.kind !== 'stored' && draft.current !== null && text !== (draft.current.block?.text ?? '');
  const knownPins =
    isNewEpoch || draft.block.kind === 'new'
      ? knownAfter(loaded, loaded.state?.knownPins ?? [], isNewEpoch)
      : (loaded.state?.knownPins ?? []);
  const hasNews = !isNewEpoch && knownPins.length !== loaded.state!.knownPins.length && draft.block.kind === 'new';
  const isStateNew = isNewEpoch || (hasNews && isBlockNew);
  const extracts = isNewEpoch ? extras.extracts.made : [];

  const read = new Map(left.flatMap(({ messages }) => messages.map(({ id, text: was }) => [id, was])));
  const isAsRead = ({ id, text: now, redactedAtMs }: MessageRow) => redactedAtMs === null || read.get(id) === now;

  async function write(queries: StoreQueries): Promise<void> {
    const conversation = await queries.conversations.get(conversationId);
    if (!conversation || conversation.closedAtMs !== null) return;
    const block = isBlockNew ? await standingBlock(queries, draft.block, loaded) : null;
    if (block && block.text !== '') {
      await queries.blocks.put({
        conversationId,
        seq: draft.current!.firstSeq,
        text: block.text,
        sources: block.sources,
        tokens: block.isShorter ? Math.min(measure.count(block.text), plan.tokens.recall) : plan.tokens.recall,
      });
    }
    for (const extract of extracts) {
      const messages = await queries.messages.range(conversationId, { fromSeq: extract.fromSeq, toSeq: extract.toSeq });
      if (!messages.every(isAsRead)) continue;
      await queries.summaries.insert({
        id: extract.id,
        conversationId,
        level: 0,
        fromSeq: extract.fromSeq,
        toSeq: extract.toSeq,
        kind: 'extract',
        text: extract.text,
        tokens: measure.count(extract.text),
        model: null,
        promptVersion: extractPromptVersion,
        sourceSha256: sourceSha256(messages),
        state: 'active',
        createdAtMs: nowMs,
      });
    }
    if (!isStateNew) return;
    await queries.windows.put({
      conversationId,
      model,
      epoch: draft.epoch,
      firstSeq: draft.firstSeq,
      pins: draft.pins.map(({ id }) => id),
      summaries: draft.summaries.map(({ id }) => id),
      prefixSha256: made.sha256,
      baseTokens: plan.totalTokens,
      state: packState({
        systemIds: isNewEpoch ? loaded.system.map(({ id }) => id) : loaded.state!.systemIds,
        knownPins,
        omittedPins: draft.omittedPins,
        cuts: new Map([...draft.cuts].filter(([seq]) => seq >= draft.firstSeq)),
        left: made.left,
        sentMessages: made.sentMessages,
      }),
      updatedAtMs: nowMs,
    });
  }

  if (isBlockNew || isStateNew) await store.write(write, call);
  const leftTokens = left.reduce((sum, unit) => sum + unitTokens(unit, draft.cuts, measure), 0);
  if (left.length > 0) {
    emit('window-evict', { conversationId, model, epoch: draft.epoch, firstSeq: draft.firstSeq, leftTokens });
  }
  if (steps.length > 0) emit('window-shorten', { conversationId, model, steps: steps.map(({ what }) => what) });
}

function countMessages(unit: Unit): number {
  return new Set(unit.messages.map(({ seq }) => seq).filter(Number.isInteger)).size;
}

function tokensOf(unit: Unit): number {
  return unit.messages.reduce((sum, { tokens }) => sum + tokens + messageOverheadTokens, 0);
}
