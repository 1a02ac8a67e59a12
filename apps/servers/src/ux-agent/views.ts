import type {
  Conversation,
  MemoryExplanation as Explained,
  ForgetReport,
  Memory,
  Message,
  SearchResult,
} from '@tale/context';
import type { ConversationView, ForgetView, MemorySource, MemoryView, MessageView, SearchPage } from '@tale/protocol';

const iso = (atMs: number) => new Date(atMs).toISOString();
const maybeIso = (atMs: number | null) => (atMs === null ? null : iso(atMs));

/** A memory as clients see it. */
export function toMemoryView(memory: Memory): MemoryView {
  const { id, kind, text, project, state, origin, isPinned, quote, sourceId, supersededBy, uses } = memory;
  return {
    memoryId: id,
    kind,
    text,
    project,
    state,
    origin,
    isPinned,
    quote,
    sourceMessageId: sourceId,
    supersededBy,
    validFrom: maybeIso(memory.validFromMs),
    validTo: maybeIso(memory.validToMs),
    createdAt: iso(memory.createdAtMs),
    usedAt: maybeIso(memory.usedAtMs),
    uses,
  };
}

const excerptCharacters = 500;

/** The message of an explained memory; its conversation's title is looked up elsewhere. */
export function toMemorySource(source: NonNullable<Explained['source']>, title: string | null): MemorySource {
  const { id, conversationId, seq, role, createdAtMs, text } = source;
  const excerpt = beginning(text, excerptCharacters);
  return { messageId: id, conversationId, title, seq, role, at: iso(createdAtMs), excerpt };
}

/** A conversation as clients see it. */
export function toConversationView(conversation: Conversation): ConversationView {
  const { id, title, project, folder, parentId, isPrivate, lastSeq } = conversation;
  return {
    conversationId: id,
    title,
    project,
    folder,
    parentId,
    isPrivate,
    messages: lastSeq,
    createdAt: iso(conversation.createdAtMs),
    updatedAt: iso(conversation.updatedAtMs),
    archivedAt: maybeIso(conversation.archivedAtMs),
  };
}

/** A message as clients see it, with at most so many characters of its text. */
export function toMessageView(message: Message, mostCharacters: number): MessageView {
  const { id, seq, role, text, status, taskId, createdAtMs, redactedAtMs } = message;
  return {
    messageId: id,
    seq,
    role,
    text: beginning(text, mostCharacters),
    characters: text.length,
    status,
    taskId,
    createdAt: iso(createdAtMs),
    removedAt: maybeIso(redactedAtMs),
  };
}

/** The report of a deletion as clients see it. */
export function toForgetView({ id, dryRun, rows, hits, scrubbed, notCovered }: ForgetReport): ForgetView {
  return {
    forgetId: id,
    dryRun,
    rows: { ...rows },
    hits: hits.map(({ createdAtMs, ...hit }) => ({
      kind: hit.kind,
      id: hit.id,
      conversationId: hit.conversationId,
      createdAt: iso(createdAtMs),
      excerpt: beginning(hit.excerpt, hit.excerpt.length),
    })),
    scrubbed,
    notCovered: [...notCovered, ...otherTraces],
  };
}

/** What of a conversation the other parts of tale may hold. */
const otherTraces = [
  'Prompts and results of tasks, with their events and checkpoints: tale list shows the tasks.',
  'Logs of the servers, where a failure quotes a text.',
];

/** Hits of a search as clients see them. */
export function toSearchPage({ hits, allWords, next }: SearchResult): SearchPage {
  return {
    hits: hits.map(({ createdAtMs, marks, ...hit }) => ({
      ...hit,
      createdAt: iso(createdAtMs),
      marks: marks.map(([start, end]) => [start, end] as const),
    })),
    allWords,
    next,
  };
}

/** The beginning of a text, no half of a character at its end. */
function beginning(text: string, mostCharacters: number): string {
  const cut = text.slice(0, mostCharacters);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
