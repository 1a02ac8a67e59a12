import type { FoundMemory, MemoryKind, MemoryState, MemoryView } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { uxAgent } from '../memory/ux-agent.js';
import { printTable } from '../models/pool-view.js';
import { readChoices, readInteger } from '../options.js';
import { memoryColumns, memoryRows } from '../render/memory.js';

/** Options of `tale memory list` as commander gives them. */
export interface MemoryListOptions {
  readonly kind?: string;
  readonly project?: string;
  readonly state?: string;
  readonly text?: string;
  readonly pinned?: boolean;
  readonly superseded?: boolean;
  readonly limit?: string;
  readonly cursor?: string;
}

const usualLimit = 50;
const mostAtOnce = 200;
/** By their types; the lists of protocol would bring its schemas into the bundle. */
const isKind: Readonly<Record<MemoryKind, true>> = {
  instruction: true,
  preference: true,
  fact: true,
  decision: true,
  note: true,
};
const isState: Readonly<Record<MemoryState, true>> = {
  suggested: true,
  active: true,
  superseded: true,
  rejected: true,
};

/** Kinds of memories. */
export const kinds = Object.keys(isKind) as MemoryKind[];
const states = Object.keys(isState) as MemoryState[];

/** `tale memory list`: what is remembered, newest first. */
export async function listMemories(context: CommandContext, options: MemoryListOptions): Promise<void> {
  const { printer } = context;
  const [kind] = readChoices('--kind', options.kind, kinds);
  const [state] = readChoices('--state', options.state, states);
  const limit = readInteger('--limit', options.limit, { least: 1, most: mostAtOnce }) ?? usualLimit;
  const { project, text, cursor } = options;
  const server = await uxAgent(context);
  const { memories, next } = await server.call<{ memories: MemoryView[]; next: string | null }>('memory', {
    action: 'list',
    ...{ kind, state, project, text, cursor, limit },
    ...(options.pinned === true ? { pinned: true } : {}),
    ...(options.superseded === true ? { includeSuperseded: true } : {}),
  });
  if (printer.settings.json) return printer.document({ schema: 'tale.memories/1', memories, next });
  const isNarrow = [kind, state, project, text, cursor, options.pinned].some((value) => value !== undefined);
  if (memories.length === 0)
    return printer.note(
      printer.asTyped(isNarrow ? 'no such memories' : 'nothing is remembered yet: tale memory add "…"'),
    );
  printTable(context, memoryColumns, memoryRows(memories, context.now()));
  if (next !== null) printer.note(printer.asTyped(`more: tale memory list --cursor ${next}`));
}

/** `tale memory search <words>`: the memories that a model would be given for these words, the best first. */
export async function searchMemories(
  context: CommandContext,
  words: readonly string[],
  options: { readonly project?: string; readonly limit?: string },
): Promise<void> {
  const { printer } = context;
  const limit = readInteger('--limit', options.limit, { least: 1, most: mostAtOnce }) ?? usualLimit;
  const { project } = options;
  const server = await uxAgent(context);
  const args = { action: 'search', text: words.join(' '), project, limit };
  const { memories } = await server.call<{ memories: FoundMemory[] }>('memory', args);
  if (printer.settings.json) return printer.document({ schema: 'tale.memories/1', memories, next: null });
  if (memories.length === 0) return printer.note(printer.asTyped('no memory has these words: tale memory list'));
  const rows = memoryRows(memories, context.now());
  const relevance = memories.map((memory) => `${Math.round(memory.relevance * 100)} %`);
  printTable(
    context,
    [...memoryColumns.slice(0, -1), { title: 'FITS', align: 'right' }, ...memoryColumns.slice(-1)],
    rows.map((row, at) => [...row.slice(0, -1), relevance[at]!, ...row.slice(-1)]),
  );
}
