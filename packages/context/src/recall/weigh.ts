import type { MessageRole } from '../types.js';

/** Something that holds words of the question, or stands beside something that does. */
export interface Candidate {
  /** Number in the index; higher is newer. */
  readonly num: number;
  /** Who said it, `null` for memories and summaries. */
  readonly role: MessageRole | null;
  /** Whether it is an instruction or preference of the user. */
  readonly isStanding: boolean;
  /** Conversation that holds the row and its place there, `null` for memories and summaries. */
  readonly place: { readonly conversationId: string; readonly seq: number } | null;
  /** BM25 of the whole text. */
  readonly score: number;
  /** BM25 of its best passage, `null` where the text is no longer than one. */
  readonly passageScore: number | null;
  /** Likeness of vectors, −1 to 1, `null` where there is none. */
  readonly cosine: number | null;
}

/** A candidate with its order. */
export interface Weighed {
  readonly num: number;
  readonly score: number;
  readonly lexical: number;
  readonly role: number;
  readonly neighbour: number;
  readonly vector: number | null;
  /** 0 to 1. */
  readonly relevance: number;
}

/** What weights depend on. */
export interface Asked {
  /** Whether the question asks for what the assistant said. */
  readonly asksAssistant: boolean;
  /** Whether the question asks for something to be done. */
  readonly isRequest: boolean;
}

/** Options of {@link weigh}. */
export interface WeighOptions extends Asked {
  /** Sum of the worth of the words. */
  readonly worth: number;
  /** Whether there are vectors to compare. */
  readonly hasVectors: boolean;
}

/** Weights of the order, as the report of an evaluation names them. */
export const weights = {
  user: 1,
  memory: 1,
  standingForRequest: 2,
  assistant: 0.3,
  tool: 0.3,
  passage: 0.5,
  neighbour: 0.3,
  vector: 0.3,
} as const;

/** Highest share of a word's worth that BM25 with k1 1.2 gives. */
const highest = 2.2;

/** Weight of whoever said it. */
export function roleWeight(
  { role, isStanding }: Pick<Candidate, 'role' | 'isStanding'>,
  { asksAssistant, isRequest }: Asked,
): number {
  if (role === 'tool') return weights.tool;
  if (role === 'assistant') return asksAssistant ? 1 : weights.assistant;
  if (role !== null) return weights.user;
  return isStanding && isRequest ? weights.standingForRequest : weights.memory;
}

/**
 * Orders candidates. Score = (half of the text, half of its best passage) · weight of the role + 0.3 · the better one of the messages
 * before and behind; with vectors 0.7 of that as a share of the best + 0.3 · likeness scaled to 0 … 1. Equal scores: the newer first. There
 * is no decay: age says nothing about what a question needs.
 */
export function weigh(candidates: readonly Candidate[], { worth, hasVectors, ...asked }: WeighOptions): Weighed[] {
  const own = candidates.map((candidate) => {
    const { score, passageScore } = candidate;
    const lexical = passageScore === null ? score : (1 - weights.passage) * score + weights.passage * passageScore;
    return { candidate, lexical, role: roleWeight(candidate, asked) };
  });
  const byPlace = new Map<string, number>();
  for (const { candidate, lexical, role } of own) {
    if (candidate.place) byPlace.set(placeKey(candidate.place, 0), lexical * role);
  }
  const beside = (place: Candidate['place'], step: number) => (place ? (byPlace.get(placeKey(place, step)) ?? 0) : 0);
  const weighed = own.map(({ candidate, lexical, role }) => {
    const neighbour = weights.neighbour * Math.max(beside(candidate.place, -1), beside(candidate.place, 1));
    const relevance = worth > 0 ? Math.min(1, (lexical * Math.min(1, role)) / (highest * worth)) : 0;
    return {
      num: candidate.num,
      score: lexical * role + neighbour,
      lexical,
      role,
      neighbour,
      vector: candidate.cosine,
      relevance,
    };
  });
  return (hasVectors ? withVectors(weighed) : weighed).toSorted(
    (first, second) => second.score - first.score || second.num - first.num,
  );
}

function withVectors(weighed: readonly Weighed[]): Weighed[] {
  const best = Math.max(...weighed.map(({ score }) => score), Number.MIN_VALUE);
  const known = weighed.flatMap(({ vector }) => (vector === null ? [] : [vector]));
  const least = Math.min(...known);
  const span = Math.max(...known) - least;
  return weighed.map((one) => {
    const vector = one.vector === null ? null : span > 0 ? (one.vector - least) / span : 1;
    return { ...one, vector, score: (1 - weights.vector) * (one.score / best) + weights.vector * (vector ?? 0) };
  });
}

function placeKey({ conversationId, seq }: NonNullable<Candidate['place']>, step: number): string {
  return `${seq + step} ${conversationId}`;
}
