import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { lost, openDownload } from '../gateway/transfer.js';
import { openExportFile } from '../memory/export-file.js';
import { resolveConversation } from '../memory/resolve.js';
import { uxAgent } from '../memory/ux-agent.js';
import { readChoices } from '../options.js';
import { formatBytes } from '../render/numbers.js';
import { escapeJson } from '../terminal/escape-json.js';
import { withInterrupt } from '../terminal/interrupt.js';
import { createSanitizer } from '../terminal/sanitizer.js';

/** Options of `tale conversations export` as commander gives them. */
export interface ConversationsExportOptions {
  readonly all?: boolean;
  readonly project?: string;
  readonly format?: string;
  readonly redact?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

/** `tale conversations export [id…]`: as JSON that `import` takes back, or as Markdown for people. */
export async function exportConversations(
  context: CommandContext,
  ids: readonly string[],
  options: ConversationsExportOptions,
): Promise<void> {
  const { printer } = context;
  const [format = 'json'] = readChoices('--format', options.format, ['json', 'markdown'] as const);
  checkOptions(ids, options, printer.settings.json);
  await withInterrupt(async (signal) => {
    const server = await uxAgent(context, signal);
    const query = new URLSearchParams({ format, redact: String(options.redact === true) });
    for (const id of ids) query.append('id', (await resolveConversation(context, server, id)).conversationId);
    if (options.project !== undefined) query.set('project', options.project);
    const answer = await openDownload(server.address, `/v1/conversations/export?${query}`, signal);
    const pieces = readable(answer.setEncoding('utf8'), format, server.address.name, signal);
    if (options.output === undefined) return await print(context, pieces);
    const bytes = await save(options.output, options.force === true, pieces);
    if (printer.settings.json)
      return printer.document({ schema: 'tale.export/1', path: options.output, format, bytes });
    printer.line(`${options.output}: ${formatBytes(bytes)}`);
  });
}

function checkOptions(
  ids: readonly string[],
  { all, project, output }: ConversationsExportOptions,
  isJson: boolean,
): void {
  const ways = [ids.length > 0, all === true, project !== undefined].filter(Boolean).length;
  const hint = 'tale conversations export --all -o conversations.json';
  if (ways !== 1) throw new CommandError('usage', 'Name conversations, or give either --all or --project.', { hint });
  if (isJson && output === undefined)
    throw new CommandError('usage', 'With --json the export needs a file of its own: -o.', { hint });
}

/** The pieces without what a terminal would obey: JSON keeps it as escapes, Markdown loses it. */
async function* readable(
  pieces: AsyncIterable<string>,
  format: 'json' | 'markdown',
  server: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const sanitizer = createSanitizer();
  try {
    for await (const piece of pieces) yield format === 'json' ? escapeJson(piece) : sanitizer.write(piece);
  } catch (error) {
    signal.throwIfAborted();
    throw lost(server, error);
  }
  if (format === 'markdown') yield sanitizer.end();
}

async function print({ printer }: CommandContext, pieces: AsyncIterable<string>): Promise<void> {
  const text = printer.text();
  for await (const piece of pieces) {
    text.write(piece);
    if (!(await text.taken())) return;
  }
  text.end();
}

async function save(path: string, isReplaced: boolean, pieces: AsyncIterable<string>): Promise<number> {
  const file = await openExportFile(path, isReplaced);
  try {
    for await (const piece of pieces) await file.write(piece);
    return await file.finish();
  } finally {
    await file.discard();
  }
}
