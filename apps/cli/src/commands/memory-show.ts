import type { MemoryExplanation, MemoryView } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { resolveMemory } from '../memory/resolve.js';
import { uxAgent } from '../memory/ux-agent.js';
import { printFacts } from '../models/pool-view.js';
import { describeMemory, explainMemory } from '../render/memory.js';

/** `tale memory show <id>`: one memory. */
export async function showMemory(context: CommandContext, id: string): Promise<void> {
  const server = await uxAgent(context);
  const { memoryId } = await resolveMemory(context, server, id);
  printMemory(context, await server.call<MemoryView>('memory', { action: 'show', id: memoryId }));
}

/** `tale memory explain <id>`: where a memory comes from, what it replaced, what replaced it, how often it was added again. */
export async function explainMemories(context: CommandContext, id: string): Promise<void> {
  const { printer } = context;
  const server = await uxAgent(context);
  const { memoryId } = await resolveMemory(context, server, id);
  const explained = await server.call<MemoryExplanation>('memory', { action: 'explain', id: memoryId });
  if (printer.settings.json) return printer.document({ schema: 'tale.memory/1', ...explained });
  printFacts(context, explainMemory(explained, context.now()));
}

/** A memory as a document, or as names and values. */
export function printMemory(context: CommandContext, memory: MemoryView): void {
  if (context.printer.settings.json) context.printer.document({ schema: 'tale.memory/1', ...memory });
  else printFacts(context, describeMemory(memory, context.now()));
}
