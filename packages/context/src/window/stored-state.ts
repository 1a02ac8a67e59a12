import type { WindowRow } from '../store/contract.js';
import type { JsonObject, JsonValue } from '../types.js';
import type { WindowLeft } from './types.js';
import type { Cut, Cuts } from './window-data.js';

/** What a window keeps beside its columns: ids and numbers, never text. */
export interface StoredState {
  readonly systemIds: readonly string[];
  /** Pins that the model knows of: those of the epoch, those without room, and those told since. */
  readonly knownPins: readonly string[];
  readonly omittedPins: number;
  readonly cuts: Cuts;
  readonly left: WindowLeft;
  /** How many messages the prefix hash is about. */
  readonly sentMessages: number;
}

/** State as it is stored. */
export function packState({ systemIds, knownPins, omittedPins, cuts, left, sentMessages }: StoredState): JsonObject {
  return {
    systemIds,
    knownPins,
    omittedPins,
    cuts: [...cuts].map(([seq, cut]) => [seq, packCut(cut)] as JsonValue),
    left: { units: left.units, messages: left.messages, tokens: left.tokens },
    sentMessages,
  };
}

/** State of a stored window; what is missing is as at the beginning. */
export function unpackState({ state }: Pick<WindowRow, 'state'>): StoredState {
  const { systemIds, knownPins, omittedPins, cuts, left, sentMessages } = state as Partial<Record<string, unknown>>;
  const place = (left ?? {}) as Partial<WindowLeft>;
  return {
    systemIds: (systemIds as string[] | undefined) ?? [],
    knownPins: (knownPins as string[] | undefined) ?? [],
    omittedPins: (omittedPins as number | undefined) ?? 0,
    cuts: new Map(((cuts as [number, JsonValue][] | undefined) ?? []).map(([seq, cut]) => [seq, unpackCut(cut)])),
    left: { units: place.units ?? 0, messages: place.messages ?? 0, tokens: place.tokens ?? 0 },
    sentMessages: (sentMessages as number | undefined) ?? 0,
  };
}

function packCut(cut: Cut): JsonValue {
  return cut.keep === 'ends' ? [cut.head, cut.tail, cut.leftTokens] : cut.keep;
}

function unpackCut(cut: JsonValue): Cut {
  if (cut === 'marker' || cut === 'nothing') return { keep: cut };
  const [head, tail, leftTokens] = cut as [number, number, number];
  return { keep: 'ends', head, tail, leftTokens };
}
