import type { MemoryExplanation, MemoryView } from '@tale/protocol';
import { shortenIds, shortId } from '../ids.js';
import { formatAge, formatInstant } from '../instant.js';
import { sanitizeLine } from '../terminal/sanitizer.js';

/** Columns of a list of memories. */
export const memoryColumns = [
  { title: 'ID' },
  { title: 'KIND' },
  { title: 'STATE' },
  { title: 'AGE' },
  { title: 'TEXT' },
];

/** Rows of a list of memories. */
export function memoryRows(memories: readonly MemoryView[], nowMs: number): string[][] {
  const ids = shortenIds(memories.map(({ memoryId }) => memoryId));
  return memories.map((memory, at) => {
    const age = formatAge(Date.parse(memory.createdAt), nowMs);
    return [ids[at]!, memory.kind, describeState(memory), age, memory.text];
  });
}

/** A memory as names and values, one pair a line. */
export function describeMemory(memory: MemoryView, nowMs: number): (readonly [string, string])[] {
  const at = (iso: string) => formatInstant(Date.parse(iso), nowMs);
  const { memoryId, kind, project, createdAt, usedAt, uses } = memory;
  const facts: (readonly [string, string] | null)[] = [
    ['memory', shortId(memoryId)],
    ['id', memoryId],
    ['kind', kind],
    ['state', describeState(memory)],
    ['text', sanitizeLine(memory.text)],
    ['project', project === null ? 'all' : sanitizeLine(project)],
    ['made', at(createdAt)],
    memory.validTo === null ? null : ['held until', at(memory.validTo)],
    ['used', usedAt === null ? `${uses} times` : `${uses} times, last ${at(usedAt)}`],
  ];
  return facts.filter((fact) => fact !== null);
}

/** The same with where it comes from and what became of it. */
export function explainMemory(memory: MemoryExplanation, nowMs: number): (readonly [string, string])[] {
  const at = (iso: string) => formatInstant(Date.parse(iso), nowMs);
  const { source, quote, replaced, replacedBy } = memory;
  const named = ({ memoryId, text }: MemoryView) => `${shortId(memoryId)}  ${sanitizeLine(text)}`;
  return [
    ...describeMemory(memory, nowMs),
    ['from', describeOrigin(memory)] as const,
    ...(quote === null ? [] : [['words', `“${sanitizeLine(quote)}”`] as const]),
    ...(source === null
      ? [['message', memory.sourceMessageId === null ? 'none' : 'it is not here any more'] as const]
      : [
          [
            'message',
            `${source.role}, ${at(source.at)}, number ${source.seq} of ${shortId(source.conversationId)}`,
          ] as const,
          ['conversation', sanitizeLine(source.title ?? 'no title')] as const,
          ['said', sanitizeLine(source.excerpt)] as const,
        ]),
    ...replaced.map((old) => ['replaced', named(old)] as const),
    ...(replacedBy === null ? [] : [['replaced by', named(replacedBy)] as const]),
  ];
}

function describeState({ state, isPinned }: MemoryView): string {
  return state === 'active' && isPinned ? 'pinned' : state;
}

function describeOrigin({ origin }: MemoryView): string {
  switch (origin) {
    case 'user':
      return 'you wrote it';
    case 'rule':
      return 'caught by rule from what you said';
    case 'model':
      return 'suggested by the small model from what you said';
    case 'import':
      return 'it came with an import';
  }
}
