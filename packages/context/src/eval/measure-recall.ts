import type { Context } from '../context-types.js';
import type { Recalled, RecallQuery } from '../recall/types.js';
import type { Figures } from './bootstrap.js';
import { type Filled, owner } from './fill.js';
import { type Answered, areaUnderCurve, tokenBudgets } from './measures.js';
import type { DataSet } from './read-data.js';
import type { SetReport } from './report-schema.js';
import type { Stopwatch } from './stopwatch.js';

const allTokens = 20_000;
/** Places on at which another conversation is asked the same. */
const otherPlaces = 3;

/** Puts each question to recall, in its conversation or to all of them. */
export async function askRecall(
  context: Context,
  { queries }: DataSet,
  {
    filled,
    stopwatch,
    isPooled,
  }: { readonly filled: Filled; readonly stopwatch: Stopwatch; readonly isPooled: boolean },
): Promise<Answered[]> {
  const answered: Answered[] = [];
  for (const query of queries) {
    const scope: Omit<RecallQuery, 'text'> = isPooled
      ? { owner, acrossProjects: true }
      : { conversationId: query.conversation };
    const ask = (maxTokens: number) =>
      stopwatch.time(isPooled ? 'recallPooled' : 'recallOwn', () =>
        context.recall({ ...scope, text: query.text, maxTokens }),
      );
    const messages = (ids: readonly string[]) =>
      ids.flatMap((id) => {
        const found = filled.messageOf(id);
        return found?.conversation === query.conversation ? [found.message] : [];
      });
    const all = await ask(allTokens);
    const byId = new Map(all.hits.map((hit) => [hit.id, messages(hit.sources)]));
    const inTokens = {
      600: new Set<string>(),
      1200: new Set<string>(),
      2000: new Set<string>(),
      4000: new Set<string>(),
    };
    for (const budget of tokenBudgets)
      inTokens[budget] = new Set((await ask(budget)).hits.flatMap((hit) => messages(hit.sources)));
    answered.push({ query, ranking: all.ranking.map((id) => byId.get(id) ?? []), inTokens });
  }
  return answered;
}

/** Lets the gate learn from every question of facts; a new context then finds what it learnt. */
export async function calibrateGate(context: Context, set: DataSet): Promise<void> {
  for (const { type, text, conversation } of set.queries) {
    if (set.manifest.factTypes.includes(type)) await context.recall({ text, conversationId: conversation, gate: true });
  }
  // A gate waits for what was learnt before; an owner of one conversation adds nothing to it.
  const { id } = await context.conversations.create({ owner: `${owner}-end` });
  await context.recall({ text: 'three plain words', conversationId: id, gate: true });
}

/** Puts each question to its own conversation and to another one, through the gate as it was learnt. */
export async function measureGate(context: Context, set: DataSet, figures: Figures): Promise<SetReport['gate']> {
  const { conversations, queries, manifest } = set;
  const ids = conversations.map(({ id }) => id);
  const step = otherPlaces % ids.length === 0 ? 1 : otherPlaces;
  const facts = queries.filter(({ type }) => manifest.factTypes.includes(type));
  const absent = queries.filter(({ type }) => manifest.abstainTypes.includes(type));
  const ask = (text: string, conversationId: string, gate: boolean | number): Promise<Recalled> =>
    context.recall({ text, conversationId, kinds: ['message'], gate });
  let gate: number | null = null;
  for (const { text, conversation } of facts) {
    if (gate === null) gate = (await ask(text, conversation, true)).gate;
  }
  if (gate === null) {
    const none = figures.none('no questions of facts');
    return { ownKept: none, otherKept: none, auc: none, abstainAuc: none };
  }
  const own: { conversation: string; relevance: number; isKept: number }[] = [];
  const other: typeof own = [];
  for (const { text, conversation } of facts) {
    const next = ids[(ids.indexOf(conversation) + step) % ids.length]!;
    const mine = await ask(text, conversation, gate);
    own.push({ conversation, relevance: mine.bestRelevance, isKept: mine.reason === null ? 1 : 0 });
    if (next === conversation) continue;
    const foreign = await ask(text, next, gate);
    other.push({ conversation, relevance: foreign.bestRelevance, isKept: foreign.reason === null ? 1 : 0 });
  }
  const away: number[] = [];
  for (const { text, conversation } of absent) away.push((await ask(text, conversation, false)).bestRelevance);
  const kept = (rows: typeof own) =>
    figures.mean(rows.map(({ conversation, isKept }) => ({ conversation, value: isKept })));
  const relevances = (rows: typeof own) => rows.map(({ relevance }) => relevance);
  const curve = (below: readonly number[]) =>
    below.length === 0
      ? figures.none('no rows', 'auc')
      : figures.exact(areaUnderCurve(relevances(own), below), own.length + below.length, 'auc');
  return { ownKept: kept(own), otherKept: kept(other), auc: curve(relevances(other)), abstainAuc: curve(away) };
}

/** Which messages made pins, what all pins of a conversation take, and whether they are those that questions rest on. */
export async function measurePins(
  context: Context,
  set: DataSet,
  {
    marked,
    filled,
    figures,
    countTokens,
  }: {
    readonly marked: ReadonlyMap<string, boolean>;
    readonly filled: Filled;
    readonly figures: Figures;
    readonly countTokens: (text: string) => number;
  },
): Promise<SetReport['pins']> {
  const conversationOf = (id: string) => filled.messageOf(id)?.conversation ?? '';
  const share = [...marked].map(([id, isMarked]) => ({ conversation: conversationOf(id), value: isMarked ? 1 : 0 }));
  const tokens: { conversation: string; value: number }[] = [];
  const pinned = new Map<string, Set<string>>();
  for (const { id } of set.conversations) {
    const memories = (await context.memories.list({ owner, project: id, pinned: true, state: 'active' })).filter(
      ({ project }) => project === id,
    );
    tokens.push({ conversation: id, value: memories.reduce((sum, { text }) => sum + countTokens(text), 0) });
    pinned.set(
      id,
      new Set(
        memories.flatMap(({ sourceId }) => (sourceId === null ? [] : [filled.messageOf(sourceId)?.message ?? ''])),
      ),
    );
  }
  const covered = set.queries
    .filter(({ type, evidence }) => set.manifest.pinTypes.includes(type) && evidence.length > 0)
    .map(({ conversation, evidence }) => ({
      conversation,
      value: evidence.filter((id) => pinned.get(conversation)?.has(id)).length / evidence.length,
    }));
  return {
    marked: figures.mean(share),
    tokensPerConversation: figures.mean(tokens, 'tokens'),
    covered: figures.mean(covered),
  };
}
