import type { MemoryView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { shortId } from '../ids.js';
import { confirm } from '../memory/confirm.js';
import { resolveMemory } from '../memory/resolve.js';
import { uxAgent } from '../memory/ux-agent.js';
import { readChoices } from '../options.js';
import { sanitizeLine } from '../terminal/sanitizer.js';
import { kinds } from './memory-list.js';

/** A memory that was added, and what became of others. */
interface Added extends MemoryView {
  readonly isDuplicate: boolean;
  readonly superseded: readonly string[];
}

/** `tale memory add <text>`: keeps something in mind. */
export async function addMemory(
  context: CommandContext,
  text: string,
  options: { readonly kind?: string; readonly project?: string; readonly pin?: boolean },
): Promise<void> {
  const { printer } = context;
  const [kind] = readChoices('--kind', options.kind, kinds);
  const said = text === '-' ? await readStdin() : text;
  if (said.trim() === '') throw new CommandError('usage', 'The text is empty.', { hint: 'tale memory add "…"' });
  const server = await uxAgent(context);
  const { project, pin } = options;
  const added = await server.call<Added>('memory', { action: 'add', text: said, kind, project, pinned: pin });
  if (printer.settings.json) return printer.document({ schema: 'tale.memory/1', ...added });
  const id = shortId(added.memoryId);
  printer.line(added.isDuplicate ? `${id} says the same already` : `${id} is remembered`);
  for (const old of added.superseded) printer.note(`${shortId(old)} is replaced`);
}

/** `tale memory pin <id>`: puts a memory into every window. */
export async function pinMemory(context: CommandContext, id: string): Promise<void> {
  await change(context, id, 'pin', 'is pinned');
}

/** `tale memory unpin <id>`: takes it out of the windows; it is still found where it matters. */
export async function unpinMemory(context: CommandContext, id: string): Promise<void> {
  await change(context, id, 'unpin', 'is not pinned');
}

/** `tale memory edit <id> [text]`: a new memory takes the place of this one, which stays readable. */
export async function editMemory(
  context: CommandContext,
  id: string,
  text: string | undefined,
  options: { readonly kind?: string; readonly project?: string },
): Promise<void> {
  const { printer } = context;
  const [kind] = readChoices('--kind', options.kind, kinds);
  const { project } = options;
  if (text === undefined && kind === undefined && project === undefined)
    throw new CommandError('usage', 'Nothing is to be changed.', { hint: 'tale memory edit <id> "new text"' });
  const server = await uxAgent(context);
  const old = await resolveMemory(context, server, id);
  const said = text === '-' ? await readStdin() : text;
  const args = { action: 'edit', id: old.memoryId, text: said, kind, project };
  const memory = await server.call<MemoryView>('memory', args);
  if (printer.settings.json) return printer.document({ schema: 'tale.memory/1', ...memory });
  printer.line(`${shortId(memory.memoryId)} takes the place of ${shortId(old.memoryId)}`);
}

/** `tale memory delete <id>`: deletes one memory for good, with all that was made of it. */
export async function deleteMemory(
  context: CommandContext,
  id: string,
  options: { readonly yes?: boolean; readonly dryRun?: boolean },
): Promise<void> {
  const { printer } = context;
  const server = await uxAgent(context);
  const memory = await resolveMemory(context, server, id);
  const short = shortId(memory.memoryId);
  if (options.dryRun === true) {
    if (printer.settings.json) return printer.document({ schema: 'tale.memory/1', ...memory, deleted: false });
    return printer.line(`would delete ${short}  ${sanitizeLine(memory.text)}`);
  }
  const question = `Delete ${short} for good: ${sanitizeLine(memory.text).slice(0, 200)}?`;
  await confirm(context, { yes: options.yes === true, question, answer: 'yes' });
  const deleted = await server.call<MemoryView>('memory', { action: 'delete', id: memory.memoryId });
  if (printer.settings.json) return printer.document({ schema: 'tale.memory/1', ...deleted });
  printer.line(`${short} is deleted`);
}

async function change(context: CommandContext, id: string, action: 'pin' | 'unpin', done: string): Promise<void> {
  const { printer } = context;
  const server = await uxAgent(context);
  const { memoryId } = await resolveMemory(context, server, id);
  const memory = await server.call<MemoryView>('memory', { action, id: memoryId });
  if (printer.settings.json) return printer.document({ schema: 'tale.memory/1', ...memory });
  printer.line(`${shortId(memory.memoryId)} ${done}`);
}

/** A memory has at most 2,000 characters: the server says so of more, and a stream without end is not read to it. */
const mostCharacters = 1_000_000;

async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > mostCharacters) break;
  }
  return text.slice(0, mostCharacters);
}
