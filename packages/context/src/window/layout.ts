import { cutTokens, goneMarker } from './cut-text.js';
import { droppedBlockText, renderBlock, renderPins, renderSummaries } from './render.js';
import {
  type BlockParts,
  type Cuts,
  type EpochState,
  type Measure,
  messageOverheadTokens,
  promptOverheadTokens,
  type Unit,
} from './window-data.js';

/** What is added to the current turn: parts to choose from, or the text that was added to it earlier. */
export type CurrentBlock =
  | { readonly kind: 'new'; readonly parts: BlockParts }
  | { readonly kind: 'stored'; readonly text: string; readonly tokens: number }
  | { readonly kind: 'dropped' };

/** A window before it is rendered. */
export interface Draft extends EpochState {
  /** Earlier units in the window, oldest first. */
  readonly earlier: readonly Unit[];
  /** The current turn, `null` if the conversation has none yet. */
  readonly current: Unit | null;
  readonly block: CurrentBlock;
  /** Tokens of the schemas of the tools. */
  readonly toolTokens: number;
  /** Learnt share of the template, tokens. */
  readonly templateTokens: number;
}

/** Tokens of each part of a prompt. */
export interface LayoutTokens {
  /** System prompt with the template's share of the prompt. */
  readonly system: number;
  /** Schemas of tools. */
  readonly tools: number;
  /** Pins with their heading. */
  readonly pins: number;
  /** Summaries with their heading. */
  readonly summary: number;
  /** Earlier units with their blocks. */
  readonly history: number;
  /** What is added to the current turn. */
  readonly recall: number;
  /** The current turn without what is added to it. */
  readonly current: number;
}

/** Text of the block of the current turn. */
export function blockText(block: CurrentBlock): string {
  switch (block.kind) {
    case 'new':
      return renderBlock(block.parts);
    case 'stored':
      return block.text;
    case 'dropped':
      return droppedBlockText;
  }
}

/** Tokens of a draft, part by part. */
export function measureDraft(draft: Draft, measure: Measure): LayoutTokens {
  const pins = count(renderPins(draft.pins, draft.omittedPins), measure);
  const summary = count(renderSummaries(draft.summaries), measure);
  const hasHead = draft.system.text !== '' || pins > 0 || summary > 0;
  return {
    system: draft.system.tokens + (hasHead ? messageOverheadTokens : 0) + promptOverheadTokens + draft.templateTokens,
    tools: draft.toolTokens,
    pins,
    summary,
    history: draft.earlier.reduce((sum, unit) => sum + unitTokens(unit, draft.cuts, measure), 0),
    recall: draft.block.kind === 'stored' ? draft.block.tokens : count(blockText(draft.block), measure),
    current: draft.current ? unitTokens({ ...draft.current, block: null }, draft.cuts, measure) : 0,
  };
}

/** Tokens of all parts. */
export function sumTokens(tokens: LayoutTokens): number {
  const { system, tools, pins, summary, history, recall, current } = tokens;
  return system + tools + pins + summary + history + recall + current;
}

/** Tokens of a unit as it is shown, template's share included. */
export function unitTokens(unit: Unit, cuts: Cuts, measure: Measure): number {
  let tokens = unit.block?.tokens ?? 0;
  for (const message of unit.messages) {
    const cut = cuts.get(message.seq);
    if (cut?.keep === 'nothing') continue;
    tokens += cutTokens(message, cut, measure) + messageOverheadTokens;
  }
  const gone = cuts.size === 0 ? '' : goneMarker(unit, cuts);
  return gone === '' ? tokens : tokens + measure.count(gone);
}

function count(text: string, measure: Measure): number {
  return text === '' ? 0 : measure.count(text);
}
