import type { ForgetView } from '@tale/protocol';
import { shortenIds } from '../ids.js';
import { formatAge } from '../instant.js';
import { renderTable } from './table.js';

const shownHits = 10;
const singular = {
  conversations: 'conversation',
  messages: 'message',
  memories: 'memory',
  summaries: 'summary',
} as const;
const named = Object.keys(singular) as (keyof typeof singular)[];

/** `3 conversations, 12 messages, 2 memories and what was made of them`; `nothing`. */
export function countForgotten({ rows }: Pick<ForgetView, 'rows'>): string {
  const parts = named
    .map((name) => [rows[name] ?? 0, name] as const)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count.toLocaleString('en')} ${count === 1 ? singular[name] : name}`);
  const made = Object.entries(rows).some(([name, count]) => !(named as readonly string[]).includes(name) && count > 0);
  if (parts.length === 0) return made ? 'what was made of messages' : 'nothing';
  return made ? `${parts.join(', ')} and what was made of them` : parts.join(', ');
}

/** Whether there is nothing to forget. */
export function isNothing({ rows }: Pick<ForgetView, 'rows'>): boolean {
  return Object.values(rows).every((count) => count === 0);
}

/** Lines of what a dry run would take: its first hits, and how many more there are. */
export function listHits({ hits }: ForgetView, nowMs: number, columns: number): string[] {
  if (hits.length === 0) return [];
  const shown = hits.slice(0, shownHits);
  const ids = shortenIds(shown.map(({ id }) => id));
  const rows = shown.map(({ kind, createdAt, excerpt }, at) => [
    ids[at]!,
    kind,
    formatAge(Date.parse(createdAt), nowMs),
    excerpt,
  ]);
  const head = [{ title: 'ID' }, { title: 'WHAT' }, { title: 'AGE' }, { title: 'BEGINS' }];
  const more = hits.length - shown.length;
  return [
    ...renderTable(head, rows, columns),
    ...(more > 0 ? [`… ${more}${hits.length >= 1_000 ? ' or more' : ''} others`] : []),
  ];
}
