import type { Context, ForgetScope, ListMemories, NewMemory } from '@tale/context';
import type { McpTool } from '@tale/mcp-transport';
import {
  type FoundMemory,
  type MemoryArguments,
  type MemoryExplanation,
  type memoryActions,
  memoryArgumentsSchema,
} from '@tale/protocol';
import { ServerError } from '../server/server-error.js';
import { type ActionTable, actionTool } from './action-tool.js';
import { pageOfMemories } from './memory-pages.js';
import { toForgetView, toMemorySource, toMemoryView } from './views.js';

type Action = (typeof memoryActions)[number];

const actions: ActionTable<Action> = {
  list: { needs: [], takes: ['kind', 'project', 'state', 'text', 'pinned', 'includeSuperseded', 'limit', 'cursor'] },
  show: { needs: ['id'], takes: [] },
  add: { needs: ['text'], takes: ['kind', 'project', 'pinned'] },
  pin: { needs: ['id'], takes: [] },
  unpin: { needs: ['id'], takes: [] },
  edit: { needs: ['id'], takes: ['text', 'kind', 'project'] },
  delete: { needs: ['id'], takes: [] },
  search: { needs: ['text'], takes: ['project', 'limit'] },
  explain: { needs: ['id'], takes: [] },
  forget: { needs: [], takes: ['conversation', 'project', 'before', 'text', 'everything', 'dryRun'] },
};

const usualLimit = 50;
/** Enough for all that a search may give. */
const searchTokens = 100_000;
/** Deleting takes 8 ms a message. */

/** The tool `memory`: everything that a person may do with what is remembered. `signal` ends deletions, which go on at the next start. */
export function memoryTool(context: Context, signal: AbortSignal): McpTool {
  const { memories } = context;

  const run: Readonly<Record<Action, (args: MemoryArguments) => Promise<object>>> = {
    async list({ limit = usualLimit, cursor = null, ...args }) {
      const page = await pageOfMemories(memories, readFilter(args), { limit, cursor });
      return { memories: page.memories.map(toMemoryView), next: page.next };
    },
    show: async ({ id = '' }) => toMemoryView(await memories.get(id)),
    async add({ text, kind, project, pinned }) {
      const memory: NewMemory = { text: requireText(text), kind, project, pinned };
      const added = await memories.add(memory);
      return { ...toMemoryView(added.memory), isDuplicate: added.isDuplicate, superseded: added.superseded };
    },
    pin: async ({ id = '' }) => toMemoryView(await memories.pin(id)),
    unpin: async ({ id = '' }) => toMemoryView(await memories.unpin(id)),
    async edit({ id = '', text, kind, project }) {
      const change = { text: text === undefined ? undefined : requireText(text), kind, project };
      if (text === undefined && kind === undefined && project === undefined)
        throw new ServerError('invalid-request', 'edit needs text, kind or project.');
      return toMemoryView(await memories.update(id, change));
    },
    async delete({ id = '' }) {
      const view = toMemoryView(await memories.get(id));
      await memories.delete(id);
      return { ...view, deleted: true };
    },
    async search({ text = '', project, limit = usualLimit }) {
      const where = project === undefined ? { acrossProjects: true } : { project };
      const found = await context.recall({ text, kinds: ['memory'], limit, maxTokens: searchTokens, ...where });
      const relevance = new Map(found.hits.map((hit) => [hit.id, hit.relevance]));
      const views: FoundMemory[] = [];
      for (const id of found.ranking) {
        const memory = await memories.get(id);
        views.push({ ...toMemoryView(memory), relevance: relevance.get(id) ?? 0 });
      }
      return { memories: views, next: null };
    },
    async explain({ id = '' }): Promise<MemoryExplanation> {
      const { memory, source, replaced, replacedBy } = await memories.explain(id);
      const conversation = source && (await context.conversations.get(source.conversationId));
      return {
        ...toMemoryView(memory),
        source: source && toMemorySource(source, conversation?.title ?? null),
        replaced: replaced.map(toMemoryView),
        replacedBy: replacedBy && toMemoryView(replacedBy),
      };
    },
    async forget({ dryRun = true, ...args }) {
      // Once it has begun it is ended, also where nobody waits for the answer any more.
      return toForgetView(await context.forget(readScope(args), { dryRun, signal }));
    },
  };

  return actionTool<MemoryArguments>({
    name: 'memory',
    description:
      'What is remembered: list, show, add, pin, unpin, edit, delete, search, explain; forget deletes for good what a conversation, project, time or text names, and only lists it unless dryRun is false.',
    input: memoryArgumentsSchema,
    actions,
    run,
    list: 'tale memory list',
  });
}

function readFilter({ kind, project, state, text, pinned, includeSuperseded }: MemoryArguments): ListMemories {
  return { kind, project, state, text, pinned, includeSuperseded };
}

function requireText(text: string | undefined): string {
  if (text !== undefined && text.trim() !== '') return text;
  throw new ServerError('invalid-request', 'A memory needs a text.');
}

/** What to forget: never all of it by leaving something out. */
function readScope({ conversation, project, before, text, everything }: MemoryArguments): ForgetScope {
  const narrow = { conversation, project: project ?? undefined, text, before };
  const given = Object.values(narrow).filter((value) => value !== undefined).length;
  if (everything === true) {
    if (given > 0) throw new ServerError('invalid-request', 'everything stands alone.');
    return { everything: true };
  }
  if (given === 0)
    throw new ServerError('invalid-request', 'forget needs conversation, project, before, text or everything.');
  if (text !== undefined && text.trim() === '')
    throw new ServerError('invalid-request', 'The text to forget is empty.');
  return { ...narrow, before: before === undefined ? undefined : Date.parse(before) };
}
