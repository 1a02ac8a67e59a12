import { requireConversation } from '../conversations/conversation-of.js';
import type { Memories } from '../memories/types.js';
import type { Recall } from '../recall/types.js';
import type { ContextStore, LinkRow, MessageRow, StoreQueries } from '../store/contract.js';
import type { CallOptions, TaskFact, TaskFacts } from '../types.js';
import {
  knownAnswer,
  lastAnswerAnswer,
  lastRequestAnswer,
  saidAboutAnswer,
  taskListAnswer,
  taskStatusAnswer,
} from './answer.js';
import { type FactQuestion, readQuestion } from './intents.js';
import type { FactAnswer, Facts, LastRequest, TaskStatus } from './types.js';

/** What facts are made of. */
export interface FactsParts {
  readonly store: ContextStore;
  readonly recall: Recall;
  readonly memories: Pick<Memories, 'list'>;
  readonly taskFacts?: TaskFacts | undefined;
}

const pageMessages = 50;
const mostTasks = 5;
const mostListed = 20;
const mostHits = 5;
const mostMemories = 20;
const saidAboutTokens = 800;

/** Answers from rows over a store. */
export function createFacts({ store, recall, memories, taskFacts }: FactsParts): Facts {
  /** The newest message that fits, page by page from the end. */
  async function newest(
    conversationId: string,
    role: 'user' | 'assistant',
    isIt: (row: MessageRow) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<MessageRow | null> {
    let toSeq = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const range = { toSeq, roles: [role], newestFirst: true, limit: pageMessages } as const;
      const rows = await store.read((queries) => queries.messages.range(conversationId, range), { signal });
      const found = rows.find((row) => row.redactedAtMs === null && row.text.trim() !== '' && isIt(row));
      if (found) return found;
      if (rows.length < pageMessages) return null;
      toSeq = rows.at(-1)!.seq - 1;
    }
  }

  const linksOf = (conversationId: string, signal: AbortSignal | undefined): Promise<LinkRow[]> =>
    store.read((queries: StoreQueries) => queries.links.of(conversationId), { signal });

  /** Tasks of these ids in the order of the ids; ids that nobody knows are left out. */
  async function tasksOf(ids: readonly string[]): Promise<TaskFact[]> {
    if (!taskFacts || ids.length === 0) return [];
    const found = new Map((await taskFacts({ ids })).map((task) => [task.id, task]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async function lastRequest(conversationId: string, { signal }: CallOptions = {}): Promise<LastRequest | null> {
    await store.read((queries) => requireConversation(queries, conversationId), { signal });
    const row = await newest(conversationId, 'user', ({ text }) => readQuestion(text) === null, signal);
    if (!row) return null;
    const links = await linksOf(conversationId, signal);
    const taskId =
      row.taskId ?? links.find(({ messageNum, kind }) => messageNum === row.num && kind === 'asked')?.taskId ?? null;
    const [task = null] = await tasksOf(taskId === null ? [] : [taskId]);
    signal?.throwIfAborted();
    return { messageId: row.id, seq: row.seq, text: row.text, atMs: row.createdAtMs, taskId, task };
  }

  async function taskStatus(
    { conversationId, idPrefix }: { readonly conversationId: string; readonly idPrefix?: string | undefined },
    { signal }: CallOptions = {},
  ): Promise<TaskStatus | null> {
    signal?.throwIfAborted();
    if (!taskFacts) return idPrefix === undefined ? { tasks: [], from: 'conversation' } : null;
    if (idPrefix !== undefined) {
      const tasks = (await taskFacts({ idPrefix })).filter(({ id }) =>
        id.toUpperCase().startsWith(idPrefix.toUpperCase()),
      );
      signal?.throwIfAborted();
      return tasks.length === 0 ? null : { tasks: tasks.slice(0, mostTasks), from: 'id' };
    }
    const links = await linksOf(conversationId, signal);
    const linked = await tasksOf([...new Set(links.map(({ taskId }) => taskId))].slice(0, mostTasks));
    const own = linked.length > 0 ? linked : newestFirst(await taskFacts({ conversationId })).slice(0, mostTasks);
    if (own.length > 0) return { tasks: own, from: 'conversation' };
    const open = newestFirst(await taskFacts({ open: true }));
    signal?.throwIfAborted();
    return { tasks: open.slice(0, 1), from: open.length > 0 ? 'owner' : 'conversation' };
  }

  async function saidAbout(
    question: FactQuestion,
    conversationId: string,
    signal: AbortSignal | undefined,
  ): Promise<FactAnswer> {
    const { owner, project } = await store.read((queries) => requireConversation(queries, conversationId), { signal });
    const query = {
      text: question.topic ?? '',
      owner,
      project,
      kinds: ['message'] as const,
      maxTokens: saidAboutTokens,
    };
    const { hits, ranking } = await recall(query, { signal });
    const said = hits.filter(
      ({ role, relevance, excerpt }) => role === 'user' && relevance > 0 && readQuestion(excerpt) === null,
    );
    const best = new Set(ranking.filter((id) => said.some((hit) => hit.id === id)).slice(0, mostHits));
    return saidAboutAnswer(
      question,
      said.filter(({ id }) => best.has(id)),
    );
  }

  async function known(
    question: FactQuestion,
    conversationId: string,
    signal: AbortSignal | undefined,
  ): Promise<FactAnswer> {
    const { owner, project } = await store.read((queries) => requireConversation(queries, conversationId), { signal });
    return knownAnswer(question, await memories.list({ owner, project, state: 'active', limit: mostMemories, signal }));
  }

  async function answer(
    { conversationId, text }: { readonly conversationId: string; readonly text: string },
    { signal }: CallOptions = {},
  ): Promise<FactAnswer | null> {
    signal?.throwIfAborted();
    const question = readQuestion(text);
    if (!question) return null;
    switch (question.intent) {
      case 'last-request':
        return lastRequestAnswer(question, await lastRequest(conversationId, { signal }));
      case 'last-answer':
        return lastAnswerAnswer(
          question,
          await newest(conversationId, 'assistant', ({ status }) => status !== 'open', signal),
        );
      case 'task-status':
      case 'task-by-id': {
        if (!taskFacts) return null;
        const status = await taskStatus({ conversationId, idPrefix: question.idPrefix ?? undefined }, { signal });
        return status && taskStatusAnswer(question, status);
      }
      case 'task-list':
        return taskFacts
          ? taskListAnswer(question, newestFirst(await taskFacts({ open: true })).slice(0, mostListed))
          : null;
      case 'said-about':
        return saidAbout(question, conversationId, signal);
      case 'known-about-me':
        return known(question, conversationId, signal);
    }
  }

  return { answer, lastRequest, taskStatus };
}

function newestFirst(tasks: readonly TaskFact[]): TaskFact[] {
  return tasks.toSorted((first, second) => second.updatedAtMs - first.updatedAtMs);
}
