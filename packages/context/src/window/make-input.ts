import { dayOf } from '../recall/day-of.js';
import type { MemoryRow, MessageRow, SummaryRow } from '../store/contract.js';
import { extractText } from '../summaries/extract.js';
import { closeSegments, type Segment, uncoveredParts } from '../summaries/segments.js';
import type { ModelWindow } from '../types.js';
import type { FitInput } from './fit.js';
import type { CurrentBlock } from './layout.js';
import type { LoadedWindow } from './load-window.js';
import { type LearnedMargin, type MarginRule, marginShare, templateTokens } from './margin.js';
import { dateLine, newsLines, oneLine } from './news.js';
import type { FitOptions } from './types.js';
import { groupUnits } from './units.js';
import type { EpochState, Measure, Piece, Pin, RecallLine, Unit, WindowMessage, WindowSummary } from './window-data.js';

/** Id of the message of a preview. */
const previewId = 'current';

/** An extract that was made for what leaves, before it is stored. */
export interface MadeExtract extends Segment {
  readonly id: string;
  readonly text: string;
}

/** Extracts that a decision makes, so that the same part keeps its id while the decision is made again. */
export interface ExtractStock {
  /** By what they cover. */
  readonly known: Map<string, MadeExtract>;
  /** Those of the last decision. */
  made: readonly MadeExtract[];
}

/** What beside the stored rows decides on a window. */
export interface InputExtras {
  readonly measure: Measure;
  readonly learned: LearnedMargin;
  readonly nowMs: number;
  readonly recall: readonly RecallLine[];
  readonly hasChanged: boolean;
  readonly budgetCap: number;
  readonly createId: () => string;
  readonly isRetry: boolean;
  /** Whether the current turn was sent already, so that nothing can be added to it any more. */
  readonly isSent: boolean;
  readonly extracts: ExtractStock;
}

/** Puts the stored rows and the wishes of the caller into what the pure decision takes. */
export function makeInput(
  loaded: LoadedWindow,
  model: ModelWindow,
  options: Pick<FitOptions, 'tools' | 'answerTokens' | 'auto' | 'current'>,
  extras: InputExtras,
): FitInput {
  const { measure, learned, extracts } = extras;
  extracts.made = [];
  const messages =
    options.current === undefined ? loaded.messages : [...loaded.messages, preview(options.current, loaded, measure)];
  const blocks = new Map(loaded.blocks.map((block) => [block.seq, block]));
  const units = groupUnits(messages, blocks);
  const stored = options.current === undefined ? storedBlock(units.at(-1), extras.isSent) : null;
  const pins = loaded.pins.map((pin) => asPin(pin, measure));
  return {
    window: {
      contextTokens: model.contextTokens,
      maxOutputTokens: model.maxOutputTokens,
      answerTokens: options.answerTokens,
    },
    rule: ruleOf(loaded, model, options.current !== undefined, learned),
    budgetCap: extras.budgetCap,
    isRetry: extras.isRetry,
    isAutomatic: options.auto ?? true,
    system: systemPiece(loaded.system, measure),
    toolTokens: (options.tools ?? []).reduce<number>((sum, tool) => sum + measure.count(JSON.stringify(tool) ?? ''), 0),
    templateTokens: templateTokens(learned),
    pins,
    summaries: (firstSeq, left) =>
      [
        ...loaded.summaries.map(asSummary),
        ...(loaded.conversation.isPrivate ? [] : extractsOf(left, loaded, extras)),
      ].filter((summary) => summary.fromSeq < firstSeq),
    state: epochState(loaded, measure),
    hasChanged: extras.hasChanged || hasLost(loaded),
    units,
    block: (isNewEpoch) =>
      stored
        ? { kind: 'stored', text: stored.text, tokens: stored.tokens }
        : newBlock(loaded, units, pins, isNewEpoch, extras),
    measure,
  };
}

function ruleOf(loaded: LoadedWindow, model: ModelWindow, isPreview: boolean, learned: LearnedMargin): MarginRule {
  const isExact = model.countsExactly && loaded.areExact && loaded.messages.length > 0 && !isPreview;
  return isExact ? { kind: 'exact' } : { kind: 'estimate', share: marginShare(learned) };
}

/** What was added to the current turn: once it is on its way, even nothing stays as it is. */
function storedBlock(current: Unit | undefined, isSent: boolean): Piece | null {
  if (!current) return null;
  return current.block ?? (isSent || current.messages.length > 1 ? { text: '', tokens: 0 } : null);
}

function preview(text: string, { conversation }: LoadedWindow, measure: Measure): WindowMessage {
  return {
    id: previewId,
    seq: conversation.lastSeq + 1,
    role: 'user',
    text,
    tokens: measure.count(text),
    extraTokens: 0,
    toolCalls: [],
    toolCallId: null,
    toolName: null,
  };
}

/** The epoch as it was fixed. */
function epochState(
  { row, state, epochSystem, epochPins, epochSummaries }: LoadedWindow,
  measure: Measure,
): EpochState | null {
  if (!row || !state) return null;
  return {
    epoch: row.epoch,
    firstSeq: row.firstSeq,
    system: systemPiece(epochSystem, measure),
    pins: row.pins.flatMap((id) => epochPins.find((pin) => pin.id === id) ?? []).map((pin) => asPin(pin, measure)),
    omittedPins: state.omittedPins,
    summaries: row.summaries.flatMap((id) => epochSummaries.find((summary) => summary.id === id) ?? []).map(asSummary),
    cuts: state.cuts,
  };
}

/** Whether something that the epoch fixed was deleted. */
function hasLost({ row, state, epochSystem, epochPins, epochSummaries }: LoadedWindow): boolean {
  if (!row || !state) return false;
  return (
    epochSystem.length < state.systemIds.length ||
    epochPins.length < row.pins.length ||
    epochSummaries.length < row.summaries.length
  );
}

function systemPiece(rows: readonly MessageRow[], measure: Measure): Piece {
  const text = rows
    .map((row) => row.text)
    .filter((part) => part !== '')
    .join('\n\n');
  return { text, tokens: text === '' ? 0 : measure.count(text) };
}

/** A memory as the window shows it. */
export function asPin({ id, kind, text, createdAtMs }: MemoryRow, measure: Measure): Pin {
  const line = oneLine(text);
  return { id, kind, text: line, tokens: measure.count(line), createdAtMs };
}

function asSummary({ id, level, fromSeq, toSeq, text, tokens }: SummaryRow): WindowSummary {
  return { id, level, fromSeq, toSeq, text, tokens };
}

/** Extracts of what leaves and no summary covers. */
function extractsOf(
  left: readonly Unit[],
  loaded: LoadedWindow,
  { extracts, createId, measure }: InputExtras,
): WindowSummary[] {
  if (left.length === 0) return [];
  const whole = { fromSeq: left[0]!.firstSeq, toSeq: lastSeqOf(left.at(-1)!) };
  const made: MadeExtract[] = [];
  for (const part of uncoveredParts(whole, loaded.summaries)) {
    const units = left
      .filter((unit) => unit.firstSeq >= part.fromSeq && lastSeqOf(unit) <= part.toSeq)
      .map((unit) => ({
        fromSeq: unit.firstSeq,
        toSeq: lastSeqOf(unit),
        tokens: unit.messages.reduce((sum, { tokens }) => sum + tokens, 0),
      }));
    for (const segment of closeSegments(units, true)) {
      const key = `${segment.fromSeq}-${segment.toSeq}`;
      const messages = left.flatMap((unit) =>
        unit.firstSeq >= segment.fromSeq && unit.firstSeq <= segment.toSeq ? unit.messages : [],
      );
      const extract = extracts.known.get(key) ?? { id: createId(), ...segment, text: extractText(messages) };
      extracts.known.set(key, extract);
      if (extract.text !== '') made.push(extract);
    }
  }
  extracts.made = made;
  return made.map((extract) => ({ ...extract, level: 0, tokens: measure.count(extract.text) }));
}

/** Last place of a unit; results that never came have places between. */
function lastSeqOf({ messages, firstSeq }: Unit): number {
  return messages.reduce((last, { seq }) => Math.max(last, Math.floor(seq)), firstSeq);
}

function newBlock(
  loaded: LoadedWindow,
  units: readonly Unit[],
  pins: readonly Pin[],
  isNewEpoch: boolean,
  { nowMs, recall }: InputExtras,
): CurrentBlock {
  const before = units.at(-2);
  const beforeMs = before && loaded.times.get(before.firstSeq);
  const isSameDay = beforeMs !== undefined && dayOf(beforeMs) === dayOf(nowMs);
  const date = units.length === 0 || (isSameDay && !isNewEpoch) ? null : dateLine(nowMs);
  return { kind: 'new', parts: { date, news: isNewEpoch ? [] : newsOf(loaded, pins), recall } };
}

function newsOf({ state, system, epochPins }: LoadedWindow, pins: readonly Pin[]): string[] {
  if (!state) return [];
  const known = new Set(state.knownPins);
  const active = new Set(pins.map(({ id }) => id));
  const isSameSystem = system.map(({ id }) => id).join() === state.systemIds.join();
  return newsLines({
    system: isSameSystem || known.has(systemKey(system)) ? null : system.map(({ text }) => text).join('\n\n'),
    pins: pins.filter(({ id }) => !known.has(id)),
    ended: epochPins.filter(({ id }) => !active.has(id) && !known.has(endedKey(id))),
  });
}

/** What the model knows of after this turn. */
export function knownAfter(
  { system, epochPins, pins }: LoadedWindow,
  before: readonly string[],
  isNewEpoch: boolean,
): string[] {
  const active = pins.map(({ id }) => id);
  if (isNewEpoch) return active;
  const ended = epochPins.filter(({ id }) => !active.includes(id)).map(({ id }) => endedKey(id));
  return [...new Set([...before, ...active, ...ended, systemKey(system)])];
}

const endedKey = (id: string) => `-${id}`;
const systemKey = (system: readonly MessageRow[]) => `=${system.map(({ id }) => id).join()}`;
