import type { Context, Message } from '@tale/context';
import type { McpTool } from '@tale/mcp-transport';
import {
  type ConversationArguments,
  type ConversationPage,
  type conversationActions,
  conversationArgumentsSchema,
  type MessageView,
} from '@tale/protocol';
import { ServerError } from '../server/server-error.js';
import { type ActionTable, actionTool } from './action-tool.js';
import { toConversationView, toForgetView, toMessageView, toSearchPage } from './views.js';

type Action = (typeof conversationActions)[number];

const actions: ActionTable<Action> = {
  list: { needs: [], takes: ['project', 'folder', 'archived', 'text', 'limit', 'cursor'] },
  show: { needs: ['id'], takes: ['before', 'after', 'limit'] },
  search: {
    needs: ['text'],
    takes: ['conversation', 'project', 'role', 'since', 'until', 'newest', 'limit', 'cursor'],
  },
  delete: { needs: ['id'], takes: ['forks', 'dryRun'] },
};

const usualLimit = 50;
const usualHits = 20;
/** A message may have a million characters; the whole of it is exported. */
const messageCharacters = 16_384;
const pageCharacters = 1_000_000;

/** The tool `conversations`: what was said, read and deleted. `signal` ends deletions, which go on at the next start. */
export function conversationsTool(context: Context, signal: AbortSignal): McpTool {
  const { conversations } = context;

  const requireConversation = async (id: string) => {
    const found = await conversations.get(id);
    if (found) return found;
    throw new ServerError('not-found', `There is no conversation ${JSON.stringify(id.slice(0, 64))}.`, {
      hint: 'tale conversations list',
      details: { id },
    });
  };

  const run: Readonly<Record<Action, (args: ConversationArguments) => Promise<object>>> = {
    async list({ project, folder, archived, text, limit = usualLimit, cursor }) {
      const page = await conversations.list({ project, folder, archived, text, limit, before: cursor });
      return { conversations: page.conversations.map(toConversationView), next: page.next };
    },
    async show({ id = '', before, after, limit = usualLimit }): Promise<ConversationPage> {
      const conversation = await requireConversation(id);
      const page = await context.messages(id).page({ before, after, limit });
      return { ...toConversationView(conversation), ...fitPage(page, after !== undefined) };
    },
    async search({ text = '', conversation, project, role, since, until, newest, limit = usualHits, cursor }) {
      if (conversation !== undefined) await requireConversation(conversation);
      const order = newest === true || cursor !== undefined ? 'newest' : 'best';
      return toSearchPage(
        await context.search({
          text,
          conversationId: conversation,
          project,
          role,
          since: since === undefined ? undefined : Date.parse(since),
          until: until === undefined ? undefined : Date.parse(until),
          order,
          limit,
          before: cursor,
        }),
      );
    },
    async delete({ id = '', forks = 'keep', dryRun = false }) {
      await requireConversation(id);
      const deletion = dryRun
        ? context.forget({ conversation: id }, { dryRun, signal })
        : conversations.delete(id, { forks, signal });
      return toForgetView(await deletion);
    },
  };

  return actionTool<ConversationArguments>({
    name: 'conversations',
    description: 'What was said: list, show, search; delete removes a conversation for good.',
    input: conversationArgumentsSchema,
    actions,
    run,
    list: 'tale conversations list',
  });
}

interface Page {
  readonly messages: readonly Message[];
  readonly before: number | null;
  readonly after: number | null;
}

/** As many messages of a page as an answer may carry; what is left is on the page before or behind. */
export function fitPage(page: Page, isForward: boolean): Pick<ConversationPage, 'page' | 'before' | 'after'> {
  const inOrder = isForward ? page.messages : [...page.messages].reverse();
  const views: MessageView[] = [];
  let characters = 0;
  for (const message of inOrder) {
    const view = toMessageView(message, messageCharacters);
    characters += view.text.length;
    if (views.length > 0 && characters > pageCharacters) break;
    views.push(view);
  }
  const isWhole = views.length === page.messages.length;
  if (!isForward) views.reverse();
  const cutBefore = !isForward && !isWhole ? (views[0]?.seq ?? null) : page.before;
  const cutAfter = isForward && !isWhole ? (views.at(-1)?.seq ?? null) : page.after;
  return { page: views, before: cutBefore, after: cutAfter };
}
