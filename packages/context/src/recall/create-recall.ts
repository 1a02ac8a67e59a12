import type { ContextStore, IndexScope, MemoryRow } from '../store/contract.js';
import type { CallOptions, Clock, Embed, Logger, TaskFact, TaskFacts } from '../types.js';
import { embedPending } from './embed-pending.js';
import { isWorthAsking } from './gate.js';
import { type GateQuestion, gateKeeper } from './learn-gate.js';
import { pack } from './pack.js';
import { mergeByScore, type OpenLine, onlyLines, planContext, planQuestions } from './plan.js';
import { asHit, excerptFor, type Ranking, rank } from './rank.js';
import type { PlanContext, PlanQuery, Recall, Recalled, RecallQuery } from './types.js';
import { queryWords } from './words.js';

/** What recall is made of. */
export interface RecallParts {
  readonly store: ContextStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly embed?: Embed | undefined;
  readonly taskFacts?: TaskFacts | undefined;
}

/** Recall that ends what it still writes when it is closed. */
export interface OpenRecall extends Recall {
  /** Resolves when nothing is being learnt any more. */
  close(): Promise<void>;
}

const defaultOwner = 'local';
const defaultTokens = 1_200;
const defaultLimit = 64;
const rowsRead = 64;
const mostMemories = 200;
const excerptTokens = 80;
const embeddedAtOnce = 32;

/** Recall over a store. */
export function createRecall({ store, clock, logger, embed, taskFacts }: RecallParts): OpenRecall {
  const keeper = gateKeeper(store, () => clock.now());
  let learning: Promise<void> = Promise.resolve();
  const onEmbedError = (error: unknown) =>
    logger.warn({ error }, 'The embedder failed; recall goes on without vectors.');

  function learn(question: GateQuestion): void {
    learning = learning
      .then(() => keeper.learn(question))
      .catch((error: unknown) => logger.debug({ error }, 'The gate has learnt nothing from a question.'));
  }

  async function find(query: RecallQuery, signal: AbortSignal | undefined): Promise<Recalled> {
    const words = queryWords(query.text);
    const isGated = query.gate !== undefined && query.gate !== false;
    if (words.words.length === 0) return nothing('no-words');
    if (isGated && !isWorthAsking(words)) return nothing('too-few-words');
    const scope = await scopeOf(store, query, signal);
    if (scope === null) return nothing('nothing-found');
    const { text, sinceMs } = query;
    const ranking = await rank({ store, words, text, scope, sinceMs, most: rowsRead, embed, signal, onEmbedError });
    const gate = isGated ? await gateFor(query, scope.owner ?? defaultOwner, signal) : null;
    const askedIn = query.askedIn ?? query.conversationId;
    if (query.gate === true && askedIn !== undefined && scope.owner !== undefined) {
      learn({ owner: scope.owner, conversationId: askedIn, text, words });
    }
    const facts = { asked: ranking.chosen.asked, bestRelevance: ranking.bestRelevance, gate };
    if (ranking.ranked.length === 0) return { ...nothing('nothing-found'), ...facts };
    if (gate !== null && ranking.bestRelevance < gate) return { ...nothing('below-gate'), ...facts };
    return { ...packed(query, ranking, words.isBroad), ...facts };
  }

  async function gateFor({ gate }: RecallQuery, owner: string, signal: AbortSignal | undefined): Promise<number> {
    if (typeof gate === 'number') return gate;
    await learning; // of the questions before: the same questions in a row meet the same gates
    return keeper.gate(owner, signal);
  }

  function packed(
    query: RecallQuery,
    { ranked, chosen }: Ranking,
    isBroad: boolean,
  ): Pick<Recalled, 'hits' | 'ranking' | 'tokens' | 'reason'> {
    const excluded = new Set(query.exclude);
    const open = ranked.filter(
      ({ id, sources }) => !excluded.has(id) && !sources.some((source) => excluded.has(source)),
    );
    const chosenHits = pack(open, {
      maxTokens: query.maxTokens ?? defaultTokens,
      limit: query.limit ?? defaultLimit,
      isBroad,
      excerpt: excerptFor(chosen),
    });
    const kept = new Set(chosenHits.map(({ item }) => item.id));
    return {
      hits: chosenHits.map((hit) => asHit(hit, chosen, query.conversationId)),
      ranking: open.filter(({ id }) => kept.has(id)).map(({ id }) => id),
      tokens: chosenHits.reduce((sum, { tokens }) => sum + tokens, 0),
      reason: chosenHits.length > 0 ? null : open.length > 0 ? 'no-room' : 'nothing-found',
    };
  }

  async function planHits(query: PlanQuery, owner: string, signal: AbortSignal | undefined): Promise<OpenLine[]> {
    const rankings = [];
    for (const text of planQuestions(query.goal, query.constraints)) {
      const words = queryWords(text);
      if (words.words.length === 0) continue;
      const scope = { owner, project: query.project };
      const { ranked, chosen } = await rank({ store, words, text, scope, most: rowsRead, embed, signal, onEmbedError });
      const excerpt = excerptFor(chosen);
      rankings.push(
        ranked.map((item) => ({ id: item.id, score: item.weighed.score / (chosen.worth || 1), item, excerpt })),
      );
    }
    return mergeByScore(rankings)
      .slice(0, query.ids === undefined ? (query.maxHits ?? defaultLimit) : defaultLimit)
      .map(({ id, item, excerpt }): OpenLine => {
        const { kind, row } = item.found;
        const label = kind === 'memory' ? (row as MemoryRow).kind : kind;
        return {
          label,
          id,
          text: () => excerpt(item, excerptTokens).text,
          atMs: item.atMs,
          relevance: item.weighed.relevance,
        };
      });
  }

  async function forPlan(
    query: PlanQuery,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<PlanContext> {
    const owner = query.owner ?? defaultOwner;
    const failed: PlanContext['failed'][number][] = [];
    const attempt = async <Result>(part: PlanContext['failed'][number], work: Promise<Result[]>): Promise<Result[]> => {
      try {
        return await work;
      } catch (error) {
        signal?.throwIfAborted();
        logger.warn({ error, part }, 'A plan goes on without a part of its history.');
        failed.push(part);
        return [];
      }
    };
    signal?.throwIfAborted();
    const filter = {
      owner,
      project: query.project,
      withGeneral: true,
      states: ['active'],
      limit: mostMemories,
    } as const;
    const memories = await attempt(
      'memories',
      store.read((queries) => queries.memories.list(filter), { signal }),
    );
    const tasks = await attempt('tasks', (async () => [...((await taskFacts?.({ open: true })) ?? [])])());
    const hits = await attempt('recall', planHits(query, owner, signal));
    signal?.throwIfAborted();
    const pins = memories.filter(({ pinned }) => pinned);
    const known = memories.filter(({ pinned, kind }) => !pinned && (kind === 'decision' || kind === 'fact'));
    const parts = { pins: pins.map(memoryLine), memories: known.map(memoryLine), tasks: tasks.map(taskLine), hits };
    const chosen = query.ids ? onlyLines(parts, query.ids) : parts;
    return planContext(chosen, query.maxTokens ?? defaultTokens, failed);
  }

  const recall = async (
    query: RecallQuery,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Recalled> => {
    signal?.throwIfAborted();
    try {
      return await find(query, signal);
    } catch (error) {
      signal?.throwIfAborted();
      logger.warn({ error }, 'Recall failed; the turn goes on without it.');
      return nothing('failed');
    }
  };
  return Object.assign(recall, {
    forPlan,
    embedPending: ({ limit, signal }: CallOptions & { readonly limit?: number | undefined } = {}) =>
      embed ? embedPending({ store, embed, limit: limit ?? embeddedAtOnce }, signal) : Promise.resolve(0),
    close: () => learning,
  });
}

/** A conversation's own project narrows which memories belong to it. `null` if there is no such conversation of this owner. */
async function scopeOf(
  store: ContextStore,
  query: RecallQuery,
  signal: AbortSignal | undefined,
): Promise<IndexScope | null> {
  const { conversationId, kinds } = query;
  const only = kinds ? { kinds } : {};
  if (conversationId === undefined) {
    const project = query.acrossProjects === true ? undefined : (query.project ?? null);
    return { owner: query.owner ?? defaultOwner, project, ...only };
  }
  const conversation = await store.read((queries) => queries.conversations.get(conversationId), { signal });
  if (!conversation || (query.owner !== undefined && query.owner !== conversation.owner)) return null;
  return { conversationId, owner: conversation.owner, project: conversation.project, ...only };
}

function nothing(reason: Recalled['reason']): Recalled {
  return { hits: [], ranking: [], tokens: 0, asked: [], bestRelevance: 0, gate: null, reason };
}

function memoryLine({ kind, id, text, createdAtMs }: MemoryRow): OpenLine {
  return { label: kind, id, text: () => text, atMs: createdAtMs, relevance: null };
}

function taskLine({ id, title, state, percent, updatedAtMs }: TaskFact): OpenLine {
  const share = percent === null ? '' : `, ${percent} %`;
  return { label: 'task', id, text: () => `${title} (${state}${share})`, atMs: updatedAtMs, relevance: null };
}
