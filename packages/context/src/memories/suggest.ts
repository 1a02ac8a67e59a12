import { requireConversation } from '../conversations/conversation-of.js';
import type { Parts } from '../parts.js';
import type { ConversationRow, MemoryRow, StoreQueries } from '../store/contract.js';
import type { Generate } from '../types.js';
import { subjectOf } from './conflict.js';
import { memoryOf } from './memory-of.js';
import { type ReadMessage, type ReadSuggestion, readSuggestions, suggestionFormat } from './read-suggestions.js';
import { suggestionPrompt, suggestionSegments } from './suggestion-prompt.js';
import type { Suggestion } from './types.js';
import { supersede } from './write-memory.js';

/** What asking for suggestions needs. */
export interface SuggestParts extends Pick<Parts, 'store' | 'clock' | 'createId' | 'logger'> {
  readonly generate?: Generate | undefined;
  /** Whether suggestions are active at once. */
  readonly isAutomatic: boolean;
}

const answerTokens = 600;
const mostKnown = 40;

/** Asks the model about what the user said since the last time. Resolves with what it added; a failed answer is asked for again next time. */
export async function suggestMemories(
  parts: SuggestParts,
  conversationId: string,
  signal: AbortSignal,
): Promise<Suggestion[]> {
  const { store, generate, logger } = parts;
  const conversation = await store.read((queries) => requireConversation(queries, conversationId), { signal });
  if (!generate || conversation.isPrivate) return [];
  const fromSeq = await store.read((queries) => readTo(queries, conversationId), { signal });
  const rows = await store.read(
    (queries) => queries.messages.range(conversationId, { fromSeq: fromSeq + 1, roles: ['user'] }),
    { signal },
  );
  const messages = rows.filter(
    ({ origin, status, redactedAtMs }) => origin === 'user' && status === 'done' && redactedAtMs === null,
  );
  const seqs = new Map(messages.map(({ id, seq }) => [id, seq]));
  const added: MemoryRow[] = [];
  for (const segment of suggestionSegments(messages)) {
    const known = await store.read((queries) => knownOf(queries, conversation), { signal });
    let answer: Awaited<ReturnType<Generate>>;
    try {
      const prompt = suggestionPrompt(segment, known);
      answer = await generate(
        { purpose: 'memory', messages: prompt, maxTokens: answerTokens, format: suggestionFormat },
        { signal },
      );
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ error, conversationId }, 'The model made no suggestions of memories.');
      break;
    }
    const read = answer.complete ? readSuggestions(answer.text, segment) : [];
    const toSeq = Math.max(...segment.map(({ id }) => seqs.get(id) ?? 0));
    added.push(
      ...(await store.write((queries) => storeSuggestions(queries, parts, { conversation, read, segment, toSeq }), {
        signal,
      })),
    );
  }
  return added.map(memoryOf) as Suggestion[];
}

/** Key of the job that says up to where a conversation was read. */
function jobKey(conversationId: string): string {
  return `suggest:${conversationId}:read`;
}

/** Key of the job that keeps which memory a suggestion corrects. */
export function replacesKey(conversationId: string, memoryId: string): string {
  return `replaces:${conversationId}:${memoryId}`;
}

async function readTo(queries: StoreQueries, conversationId: string): Promise<number> {
  const job = await queries.jobs.get(jobKey(conversationId));
  return typeof job?.payload['toSeq'] === 'number' ? job.payload['toSeq'] : 0;
}

function knownOf(queries: StoreQueries, { owner, project }: ConversationRow): Promise<MemoryRow[]> {
  return queries.memories.list({
    owner,
    project,
    withGeneral: true,
    kinds: ['fact', 'decision'],
    states: ['active'],
    limit: mostKnown,
  });
}

interface Answered {
  readonly conversation: ConversationRow;
  readonly read: readonly ReadSuggestion[];
  readonly segment: readonly ReadMessage[];
  readonly toSeq: number;
}

async function storeSuggestions(queries: StoreQueries, parts: SuggestParts, answered: Answered): Promise<MemoryRow[]> {
  const { conversation, read, toSeq } = answered;
  const nowMs = Math.round(parts.clock.now());
  const { owner, project } = conversation;
  const before = await queries.memories.list({ owner, project, kinds: ['fact', 'decision'] });
  const said = new Set(before.map(({ text }) => sameWords(text)));
  const rows: MemoryRow[] = [];
  for (const { kind, text, quote, source, replaces } of read) {
    if (said.has(sameWords(text))) continue;
    said.add(sameWords(text));
    const row = await queries.memories.insert({
      id: parts.createId(),
      owner,
      project,
      kind,
      text,
      quote,
      sourceNum: source.num,
      sourceId: source.id,
      origin: 'model',
      state: parts.isAutomatic ? 'active' : 'suggested',
      pinned: false,
      supersededBy: null,
      validFromMs: nowMs,
      validToMs: null,
      createdAtMs: nowMs,
      usedAtMs: null,
      uses: 0,
    });
    const known = before.find(({ id, state }) => id === replaces && state === 'active');
    if (known && parts.isAutomatic) await supersede(queries, [known.id], row.id, nowMs);
    else if (known) {
      const key = replacesKey(conversation.id, row.id);
      await queries.jobs.add({
        key,
        kind: 'replaces',
        payload: { memoryId: row.id, replaces: known.id },
        createdAtMs: nowMs,
      });
      await queries.jobs.end(key, 'done');
    }
    rows.push(row);
  }
  const key = jobKey(conversation.id);
  await queries.jobs.delete(key);
  await queries.jobs.add({ key, kind: 'suggest', payload: { toSeq }, createdAtMs: nowMs });
  await queries.jobs.end(key, 'done');
  return rows;
}

/** Rejected and known ones are not suggested again, in whatever order their words stand. */
function sameWords(text: string): string {
  return [...subjectOf(text)].toSorted().join(' ');
}
