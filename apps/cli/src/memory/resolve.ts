import type { ConversationView, MemoryView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import type { ServerClient } from '../gateway/server-client.js';
import { askWhich, shortenIds } from '../ids.js';
import { formatAge } from '../instant.js';
import { sanitizeLine } from '../terminal/sanitizer.js';

const shownMatches = 10;

/** What the words of a kind of things are. */
interface Kind<View> {
  readonly noun: string;
  readonly plural: 'memories' | 'conversations';
  readonly list: string;
  readonly idOf: (view: View) => string;
  readonly describe: (view: View) => string;
  readonly createdAt: (view: View) => string;
}

const memories: Kind<MemoryView> = {
  noun: 'memory',
  plural: 'memories',
  list: 'tale memory list',
  idOf: ({ memoryId }) => memoryId,
  describe: ({ kind, text }) => `${kind}  ${text}`,
  createdAt: ({ createdAt }) => createdAt,
};
const conversations: Kind<ConversationView> = {
  noun: 'conversation',
  plural: 'conversations',
  list: 'tale conversations list',
  idOf: ({ conversationId }) => conversationId,
  describe: ({ title }) => title ?? 'no title',
  createdAt: ({ updatedAt }) => updatedAt,
};

/**
 * The memory that an argument means: exact, then by beginning, then by end. Several: a numbered choice where somebody can be asked.
 *
 * @throws {@link CommandError} `not-found`, `ambiguous-id`
 */
export function resolveMemory(context: CommandContext, server: ServerClient, text: string): Promise<MemoryView> {
  return resolve(context, server, text, memories);
}

/** The conversation that an argument means, in the same way. */
export function resolveConversation(
  context: CommandContext,
  server: ServerClient,
  text: string,
): Promise<ConversationView> {
  return resolve(context, server, text, conversations);
}

async function resolve<View>(
  context: CommandContext,
  server: ServerClient,
  text: string,
  kind: Kind<View>,
): Promise<View> {
  if (text.trim() === '' || text.length > 200)
    throw new CommandError('usage', `The id of a ${kind.noun} has 1 to 200 characters.`, { hint: kind.list });
  const path = `/v1/${kind.plural}/match?${new URLSearchParams({ id: text })}`;
  const found = (await server.get<Record<string, View[] | undefined>>(path))[kind.plural] ?? [];
  const [first, second] = found;
  if (first === undefined) {
    throw new CommandError('not-found', `No ${kind.noun} has the id ${text}.`, {
      hint: kind.list,
      details: { id: text },
    });
  }
  if (second === undefined) return first;
  const lines = describeMatches(found, kind, context.now());
  const ambiguous = new CommandError('ambiguous-id', `${text} means more than one ${kind.noun}.`, {
    hint: 'give more characters of the id',
    details: { id: text, matches: found.slice(0, shownMatches), lines },
  });
  return askWhich(context, found, lines, ambiguous);
}

function describeMatches<View>(found: readonly View[], kind: Kind<View>, nowMs: number): string[] {
  const ids = shortenIds(found.map(kind.idOf));
  return found.slice(0, shownMatches).map((view, at) => {
    const age = formatAge(Date.parse(kind.createdAt(view)), nowMs);
    return sanitizeLine(`${ids[at]}  ${age}  ${kind.describe(view)}`);
  });
}
