import type { Context, Conversation, Memory } from '@tale/context';
import type { Route } from '../server/serve-http.js';
import { ServerError } from '../server/server-error.js';
import { type IdMatch, matchIds } from './match-id.js';
import { receiveImport, sendExport } from './transfer.js';
import { toConversationView, toMemoryView } from './views.js';

const mostMatches = 11;
const pageSize = 1_000;

/** What an argument of the command line means, and what is too large for the tools. */
export function uxAgentRoutes(context: Context, signal: AbortSignal): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/v1\/memories\/match$/,
      async answer({ query }) {
        const text = requireId(query.get('id'));
        const all = await context.memories.list({ includeSuperseded: true, limit: Number.MAX_SAFE_INTEGER });
        const { kind, found } = pick(matchIds(text, idsOf(all)), all);
        return { kind, memories: found.map(toMemoryView) };
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/conversations\/match$/,
      async answer({ query }) {
        const text = requireId(query.get('id'));
        const exact = await context.conversations.get(text.trim());
        if (exact) return { kind: 'exact', conversations: [toConversationView(exact)] };
        const all = await allConversations(context, undefined);
        const { kind, found } = pick(matchIds(text, idsOf(all)), all);
        return { kind, conversations: found.map(toConversationView) };
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/conversations\/export$/,
      async stream(_request, response, query) {
        const named = query.getAll('id');
        const project = query.get('project') ?? undefined;
        const ids = named.length > 0 ? named : idsOf(await allConversations(context, project));
        const memories = named.length === 0 && project === undefined ? 'all' : 'sourced';
        await sendExport({ context, ids, memories, query, response, signal });
      },
    },
    {
      method: 'POST',
      path: /^\/v1\/conversations\/import$/,
      readsBody: true,
      stream: (request, response, query) => receiveImport({ context, request, response, query, signal }),
    },
  ];
}

function requireId(text: string | null): string {
  if (text !== null && text.trim() !== '' && text.length <= 200) return text;
  throw new ServerError('invalid-request', 'id has 1 to 200 characters.');
}

const idsOf = (rows: readonly (Memory | Conversation)[]) => rows.map(({ id }) => id);

function pick<Row extends Memory | Conversation>({ kind, ids }: IdMatch, rows: readonly Row[]) {
  const wanted = new Set(ids.slice(0, mostMatches));
  return { kind, found: rows.filter(({ id }) => wanted.has(id)) };
}

/** All conversations, the one that changed last first. */
async function allConversations(context: Context, project: string | undefined): Promise<Conversation[]> {
  const all: Conversation[] = [];
  for (let before: string | undefined; ; ) {
    const page = await context.conversations.list({ project, before, limit: pageSize });
    all.push(...page.conversations);
    if (page.next === null) return all;
    before = page.next;
  }
}
