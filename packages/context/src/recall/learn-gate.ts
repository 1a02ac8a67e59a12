import type { ContextStore } from '../store/contract.js';
import type { JsonValue } from '../types.js';
import { type GateHistory, gateOf, withScore } from './gate.js';
import { rank } from './rank.js';
import type { QueryWords } from './words.js';

/** A question that was asked in a conversation. */
export interface GateQuestion {
  readonly owner: string;
  readonly conversationId: string;
  readonly text: string;
  readonly words: QueryWords;
}

/** The gate of each owner, learnt from his own history and kept in the database as numbers. */
export interface GateKeeper {
  gate(owner: string, signal?: AbortSignal): Promise<number>;
  /** Scores the question against another conversation of its owner. */
  learn(question: GateQuestion): Promise<void>;
}

const others = 24;
const rowsRead = 16;

/** Keeps gates in `context_learned`. */
export function gateKeeper(store: ContextStore, now: () => number): GateKeeper {
  const key = (owner: string) => `gate:${owner}`;
  return {
    async gate(owner, signal) {
      return gateOf(asHistory(await store.read((queries) => queries.learned.get(key(owner)), { signal })));
    },
    async learn({ owner, conversationId, text, words }) {
      const conversations = await store.read((queries) => queries.conversations.list({ owner, limit: others + 1 }));
      const choices = conversations.filter(
        ({ id, isPrivate, lastSeq }) => id !== conversationId && !isPrivate && lastSeq > 0,
      );
      if (choices.length === 0) return;
      const before = asHistory(await store.read((queries) => queries.learned.get(key(owner))));
      const other = choices[before.seen % choices.length]!;
      const scope = { conversationId: other.id, kinds: ['message'] as const };
      const { bestRelevance } = await rank({ store, words, text, scope, most: rowsRead, onEmbedError: () => {} });
      await store.write(async (queries) => {
        const history = withScore(asHistory(await queries.learned.get(key(owner))), bestRelevance);
        await queries.learned.put(key(owner), { scores: history.scores, seen: history.seen }, now());
      });
    },
  };
}

function asHistory(value: JsonValue): GateHistory {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { scores: [], seen: 0 };
  const { scores, seen } = value as { scores?: JsonValue; seen?: JsonValue };
  return {
    scores: Array.isArray(scores) ? scores.filter((score) => typeof score === 'number') : [],
    seen: typeof seen === 'number' ? seen : 0,
  };
}
