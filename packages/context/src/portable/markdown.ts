import { removedText } from '../forget/redact.js';
import type { ConversationRow, MessageRow } from '../store/contract.js';
import type { ExportOptions } from './types.js';

const names: Readonly<Record<MessageRow['role'], string>> = {
  system: 'System',
  user: 'User',
  assistant: 'Assistant',
  tool: 'Tool',
};

/** A conversation for people to read. Texts are quoted, so that nothing in them passes for a heading of the export. */
export async function* markdownOf(
  conversation: ConversationRow,
  messages: AsyncIterable<MessageRow>,
  { redact = false }: ExportOptions,
): AsyncGenerator<string> {
  const title = redact || conversation.title === null ? conversation.id : conversation.title.replaceAll(/\s+/g, ' ');
  yield `# ${title}\n\n`;
  for await (const message of messages) {
    const { role, seq, createdAtMs, parts, status } = message;
    const name = parts.toolName === undefined || redact ? names[role] : `${names[role]} ${parts.toolName}`;
    const ending = status === 'aborted' || status === 'error' ? ` · ${status}` : '';
    yield `## ${seq} · ${name} · ${new Date(createdAtMs).toISOString()}${ending}\n\n`;
    const text = redact ? removedText : message.text;
    if (text !== '') yield `${text.replaceAll(/^/gm, '> ')}\n\n`;
    for (const call of parts.toolCalls ?? []) {
      yield `- calls \`${call.name.replaceAll('`', "'")}\`${redact ? '' : ` ${inlineCode(JSON.stringify(call.arguments))}`}\n`;
    }
    if (parts.toolCalls?.length) yield '\n';
  }
}

/** A fence longer than any run of backquotes in the text. */
function inlineCode(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${text} ${fence}`;
}
