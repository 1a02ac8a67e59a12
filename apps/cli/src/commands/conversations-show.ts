import type { ConversationPage } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { shortId } from '../ids.js';
import { resolveConversation } from '../memory/resolve.js';
import { uxAgent } from '../memory/ux-agent.js';
import { printFacts } from '../models/pool-view.js';
import { readInteger } from '../options.js';
import { describeConversation, describeMessage } from '../render/conversation.js';

/** Options of `tale conversations show` as commander gives them. */
export interface ConversationsShowOptions {
  readonly before?: string;
  readonly after?: string;
  readonly limit?: string;
}

const usualLimit = 50;
const anySeq = { least: 0, most: 1_000_000_000 };

/** `tale conversations show <id>`: its last messages, or those before or behind a number. */
export async function showConversation(
  context: CommandContext,
  id: string,
  options: ConversationsShowOptions,
): Promise<void> {
  const { printer } = context;
  const limit = readInteger('--limit', options.limit, { least: 1, most: 200 }) ?? usualLimit;
  const before = readInteger('--before', options.before, anySeq) ?? undefined;
  const after = readInteger('--after', options.after, anySeq) ?? undefined;
  const server = await uxAgent(context);
  const { conversationId } = await resolveConversation(context, server, id);
  const args = { action: 'show', id: conversationId, before, after, limit };
  const conversation = await server.call<ConversationPage>('conversations', args);
  if (printer.settings.json) return printer.document({ schema: 'tale.conversation/1', ...conversation });
  const nowMs = context.now();
  const short = shortId(conversationId);
  printFacts(context, describeConversation(conversation, nowMs));
  for (const message of conversation.page) {
    printer.line('');
    for (const line of describeMessage(message, nowMs)) printer.line(...line);
  }
  if (conversation.page.some(({ text, characters }) => text.length < characters))
    printer.note(printer.asTyped(`whole messages: tale conversations export ${short}`));
  if (conversation.before !== null)
    printer.note(printer.asTyped(`earlier: tale conversations show ${short} --before ${conversation.before}`));
  if (conversation.after !== null)
    printer.note(printer.asTyped(`later: tale conversations show ${short} --after ${conversation.after}`));
}
