import type { ConversationView, SearchPage } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { resolveConversation } from '../memory/resolve.js';
import { uxAgent } from '../memory/ux-agent.js';
import { printTable } from '../models/pool-view.js';
import { readChoices, readInstant, readInteger } from '../options.js';
import { conversationColumns, conversationRows, describeHit } from '../render/conversation.js';

/** Options of `tale conversations list` as commander gives them. */
export interface ConversationsListOptions {
  readonly project?: string;
  readonly folder?: string;
  readonly text?: string;
  readonly archived?: boolean;
  readonly limit?: string;
  readonly cursor?: string;
}

/** Options of `tale conversations search` as commander gives them. */
export interface ConversationsSearchOptions {
  readonly conversation?: string;
  readonly project?: string;
  readonly role?: string;
  readonly since?: string;
  readonly until?: string;
  readonly newest?: boolean;
  readonly limit?: string;
  readonly cursor?: string;
}

const usualLimit = 50;
const usualHits = 20;
const mostAtOnce = 200;
const roles = ['user', 'assistant', 'tool'] as const;

/** `tale conversations list`: the one that changed last first. */
export async function listConversations(context: CommandContext, options: ConversationsListOptions): Promise<void> {
  const { printer } = context;
  const limit = readInteger('--limit', options.limit, { least: 1, most: mostAtOnce }) ?? usualLimit;
  const { project, folder, text, cursor } = options;
  const server = await uxAgent(context);
  const { conversations, next } = await server.call<{ conversations: ConversationView[]; next: string | null }>(
    'conversations',
    { action: 'list', ...{ project, folder, text, cursor, limit }, archived: options.archived },
  );
  if (printer.settings.json) return printer.document({ schema: 'tale.conversations/1', conversations, next });
  const isNarrow = [project, folder, text, cursor, options.archived].some((value) => value !== undefined);
  if (conversations.length === 0) {
    const empty = 'no conversations yet: tale conversations import <file> takes some in';
    return printer.note(printer.asTyped(isNarrow ? 'no such conversations' : empty));
  }
  printTable(context, conversationColumns, conversationRows(conversations, context.now()));
  if (next !== null) printer.note(printer.asTyped(`more: tale conversations list --cursor ${next}`));
}

/** `tale conversations search <words>`: messages with all words, and where there are none, with any of them. */
export async function searchConversations(
  context: CommandContext,
  words: readonly string[],
  options: ConversationsSearchOptions,
): Promise<void> {
  const { printer } = context;
  const nowMs = context.now();
  const limit = readInteger('--limit', options.limit, { least: 1, most: mostAtOnce }) ?? usualHits;
  const [role] = readChoices('--role', options.role, roles);
  const since = toIso(readInstant('--since', options.since, nowMs));
  const until = toIso(readInstant('--until', options.until, nowMs));
  const { project, cursor, newest, conversation } = options;
  const server = await uxAgent(context);
  const within = conversation === undefined ? null : await resolveConversation(context, server, conversation);
  const page = await server.call<SearchPage>('conversations', {
    action: 'search',
    text: words.join(' '),
    ...{ project, role, since, until, newest, limit, cursor },
    conversation: within?.conversationId,
  });
  if (printer.settings.json) return printer.document({ schema: 'tale.hits/1', ...page });
  if (page.hits.length === 0) return printer.note('no message has these words');
  if (!page.allWords) printer.note('no message has all of these words; these have some');
  for (const hit of page.hits) for (const line of describeHit(hit, nowMs)) printer.line(...line);
  if (page.next !== null)
    printer.note(printer.asTyped(`more: tale conversations search … --newest --cursor ${page.next}`));
}

function toIso(ms: number | null): string | undefined {
  return ms === null ? undefined : new Date(ms).toISOString();
}
