import type { IndexScope, MemoryRow, MessageRow, StoreQueries, SummaryRow } from '../store/contract.js';
import { type ChosenTerms, chooseTerms } from './choose-terms.js';
import { type Mark, termFinder } from './find-terms.js';
import { bestPassageScore, expansionScore } from './passage.js';
import { type Candidate, roleWeight } from './weigh.js';
import type { QueryWords } from './words.js';

/** A row that may be a hit. */
export interface FoundRow extends Omit<Candidate, 'cosine'> {
  readonly kind: 'message' | 'memory' | 'summary';
  readonly text: string;
  readonly marks: readonly Mark[];
  readonly row: MessageRow | MemoryRow | SummaryRow;
}

/** What a question finds. */
export interface Found {
  readonly rows: readonly FoundRow[];
  readonly chosen: ChosenTerms;
}

/** Where and how much to look. */
export interface FindOptions {
  readonly scope: IndexScope;
  readonly sinceMs?: number | undefined;
  /** Rows whose texts are read. */
  readonly most: number;
}

const mostFromIndex = 200;
const mostNeighboured = 40;

/**
 * Candidates of the index, the best of them with their texts, and the messages before and behind the best ones. Extracts are none: they
 * repeat words of messages that are candidates themselves, and would take their room.
 */
export async function findCandidates(queries: StoreQueries, words: QueryWords, options: FindOptions): Promise<Found> {
  const frequencies = await queries.index.frequencies([...words.words.map(({ word }) => word), ...words.expansions]);
  const chosen = chooseTerms(words, frequencies);
  if (chosen.asked.length === 0) return { rows: [], chosen };
  const { scope, sinceMs } = options;
  const hits = await queries.index.search({
    scope,
    words: chosen.asked,
    match: 'any',
    limit: mostFromIndex,
    sinceMs,
  });
  const value = ({ role, score }: Pick<FoundRow, 'role' | 'score'>) =>
    score * roleWeight({ role, isStanding: role === null }, words);
  const best = hits
    .toSorted((first, second) => value(second) - value(first) || second.num - first.num)
    .slice(0, options.most);
  const scores = new Map(hits.map(({ num, score }) => [num, score]));
  const find = termFinder(chosen.terms.map(({ word }) => word));
  const { averageTokens } = frequencies;
  const asFound = (kind: FoundRow['kind'], row: FoundRow['row']): FoundRow => {
    const { text } = row;
    const marks = find(text);
    const isMessage = 'seq' in row;
    const found = scores.get(row.num) ?? 0;
    return {
      num: row.num,
      kind,
      text,
      marks,
      row,
      role: isMessage ? row.role : null,
      place: isMessage ? { conversationId: row.conversationId, seq: row.seq } : null,
      isStanding: kind === 'memory' && 'pinned' in row && (row.kind === 'instruction' || row.kind === 'preference'),
      score: found > 0 ? found + expansionScore(text.length, marks, chosen, averageTokens) : 0,
      passageScore: found > 0 ? bestPassageScore(text.length, marks, chosen.terms, averageTokens) : null,
    };
  };
  const numsOf = (kind: FoundRow['kind']) => best.filter((hit) => hit.kind === kind).map(({ num }) => num);
  const messages = (await queries.messages.byNum(numsOf('message'))).map((row) => asFound('message', row));
  const memories = (await queries.memories.byNum(numsOf('memory')))
    .filter(({ state }) => state === 'active')
    .map((row) => asFound('memory', row));
  const summaries = (await queries.summaries.byNum(numsOf('summary')))
    .filter(({ state, kind }) => state === 'active' && kind === 'model')
    .map((row) => asFound('summary', row));

  const beside = await neighboursOf(queries, messages, options, value);
  const rows = [...messages, ...memories, ...summaries, ...beside.map((row) => asFound('message', row))];
  return { rows, chosen };
}

/** Messages beside the best ones that are in scope as well. */
async function neighboursOf(
  queries: StoreQueries,
  messages: readonly FoundRow[],
  { scope, sinceMs }: FindOptions,
  value: (row: FoundRow) => number,
): Promise<MessageRow[]> {
  const known = new Set(messages.map(({ place }) => `${place!.seq} ${place!.conversationId}`));
  const wanted = new Map<string, { conversationId: string; seq: number }>();
  for (const { place } of messages
    .toSorted((first, second) => value(second) - value(first))
    .slice(0, mostNeighboured)) {
    for (const seq of [place!.seq - 1, place!.seq + 1]) {
      const key = `${seq} ${place!.conversationId}`;
      if (seq >= 1 && !known.has(key)) wanted.set(key, { conversationId: place!.conversationId, seq });
    }
  }
  if (wanted.size === 0) return [];
  const lastSeqs =
    scope.conversationId === undefined
      ? null
      : new Map(
          (await queries.conversations.chain(scope.conversationId)).map((part) => [part.conversationId, part.toSeq]),
        );
  const rows = await queries.messages.byPlace([...wanted.values()]);
  return rows.filter(
    (row) =>
      row.role !== 'system' &&
      row.status !== 'open' &&
      row.redactedAtMs === null &&
      (scope.roles?.includes(row.role) ?? true) &&
      (sinceMs === undefined || row.createdAtMs >= sinceMs) &&
      (lastSeqs === null || row.seq <= (lastSeqs.get(row.conversationId) ?? 0)),
  );
}
