import type { ContextStore, IndexScope, MemoryRow, MessageRow, SummaryRow } from '../store/contract.js';
import type { Embed } from '../types.js';
import type { ChosenTerms } from './choose-terms.js';
import { compareVectors } from './compare-vectors.js';
import { estimateTokens } from './estimate-tokens.js';
import { excerptOf } from './excerpt.js';
import { type FoundRow, findCandidates } from './find-candidates.js';
import type { Packable, Packed } from './pack.js';
import type { Hit } from './types.js';
import { type Weighed, weigh } from './weigh.js';
import type { QueryWords } from './words.js';

/** A row in its order. */
export interface Ranked extends Packable {
  readonly found: FoundRow;
  readonly weighed: Weighed;
  readonly sources: readonly string[];
}

/** A question with its answer in order. */
export interface Ranking {
  readonly ranked: readonly Ranked[];
  readonly chosen: ChosenTerms;
  readonly bestRelevance: number;
}

/** What a ranking is made from. */
export interface RankInput {
  readonly store: ContextStore;
  readonly words: QueryWords;
  readonly text: string;
  readonly scope: IndexScope;
  readonly sinceMs?: number | undefined;
  readonly most: number;
  readonly embed?: Embed | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of an embedder that failed; the order is then made without it. */
  onEmbedError(error: unknown): void;
}

/** Everything that fits a question, the best first. */
export async function rank(input: RankInput): Promise<Ranking> {
  const { store, words, scope, sinceMs, most, signal } = input;
  const { rows, chosen } = await store.read((queries) => findCandidates(queries, words, { scope, sinceMs, most }), {
    signal,
  });
  const cosines = input.embed ? await compareVectors(input, rows) : null;
  const order = weigh(
    rows.map((row) => ({ ...row, cosine: cosines?.get(row.num) ?? null })),
    { ...words, worth: chosen.worth, hasVectors: cosines !== null && cosines.size > 0 },
  );
  const byNum = new Map(rows.map((row) => [row.num, row]));
  const roles = new Map(rows.flatMap((row) => (row.place ? [[placeKey(row.place), row.role] as const] : [])));
  const ranked = order.map((weighed): Ranked => {
    const found = byNum.get(weighed.num)!;
    return { found, weighed, num: found.num, ...identityOf(found), unit: unitOf(found, roles) };
  });
  return {
    ranked: withoutDoubles(ranked),
    chosen,
    bestRelevance: order.reduce((best, { relevance }) => Math.max(best, relevance), 0),
  };
}

/** Excerpt of a row within a number of tokens, for `pack`. */
export function excerptFor(chosen: ChosenTerms): (item: Ranked, maxTokens: number) => { text: string; tokens: number } {
  const worth = chosen.terms.map((term) => term.worth);
  return ({ found }, maxTokens) => {
    const text = excerptOf(found.text, found.marks, worth, maxTokens);
    return { text, tokens: estimateTokens(text) };
  };
}

/** A packed row as users see it. */
export function asHit(
  { item, excerpt, tokens }: Packed<Ranked>,
  chosen: ChosenTerms,
  conversationId: string | undefined,
): Hit {
  const { found, weighed, id, sources, atMs } = item;
  const asked = new Set(chosen.asked);
  const matched = [...new Set(found.marks.map(({ term }) => chosen.terms[term]!.word))].filter((word) =>
    asked.has(word),
  );
  const summary = found.kind === 'summary' ? (found.row as SummaryRow) : null;
  const seq = found.place?.seq ?? summary?.fromSeq ?? null;
  const holder = found.place?.conversationId ?? summary?.conversationId ?? null;
  return {
    kind: found.kind,
    id,
    sources,
    conversationId: holder === null ? null : (conversationId ?? holder),
    seq,
    toSeq: summary?.toSeq ?? seq,
    role: found.role,
    atMs,
    excerpt,
    tokens,
    relevance: weighed.relevance,
    parts: { lexical: weighed.lexical, role: weighed.role, neighbour: weighed.neighbour, vector: weighed.vector },
    matched,
  };
}

function identityOf({ kind, row }: FoundRow): { id: string; atMs: number; sources: readonly string[] } {
  if (kind === 'message') return { id: row.id, atMs: row.createdAtMs, sources: [row.id] };
  const { sourceId } = row as MemoryRow;
  return { id: row.id, atMs: row.createdAtMs, sources: kind === 'memory' && sourceId !== null ? [sourceId] : [] };
}

/** A memory and its own source say the same: the better one stays. */
function withoutDoubles(ranked: readonly Ranked[]): Ranked[] {
  const said = new Set<string>();
  return ranked.filter(({ sources }) => {
    if (sources.some((id) => said.has(id))) return false;
    for (const id of sources) said.add(id);
    return true;
  });
}

/** The user message that a message follows, as far back as its neighbours are known. */
function unitOf(found: FoundRow, roles: ReadonlyMap<string, MessageRow['role'] | null>): string | null {
  if (!found.place) return null;
  const { conversationId } = found.place;
  let { seq } = found.place;
  while (
    roles.get(placeKey({ conversationId, seq })) !== 'user' &&
    roles.has(placeKey({ conversationId, seq: seq - 1 }))
  )
    seq--;
  return placeKey({ conversationId, seq });
}

function placeKey({ conversationId, seq }: { readonly conversationId: string; readonly seq: number }): string {
  return `${conversationId} ${seq}`;
}
