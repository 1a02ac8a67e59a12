import type { ConversationView, MessageView, SearchHit } from '@tale/protocol';
import { shortenIds, shortId } from '../ids.js';
import { formatAge, formatInstant } from '../instant.js';
import type { Part } from '../printer.js';
import { sanitize, sanitizeLine } from '../terminal/sanitizer.js';
import type { Column } from './table.js';

/** Columns of a list of conversations. */
export const conversationColumns: readonly Column[] = [
  { title: 'ID' },
  { title: 'CHANGED' },
  { title: 'MESSAGES', align: 'right' },
  { title: 'TITLE' },
];

/** Rows of a list of conversations. */
export function conversationRows(conversations: readonly ConversationView[], nowMs: number): string[][] {
  const ids = shortenIds(conversations.map(({ conversationId }) => conversationId));
  return conversations.map((conversation, at) => {
    const age = formatAge(Date.parse(conversation.updatedAt), nowMs);
    return [ids[at]!, age, String(conversation.messages), describeTitle(conversation)];
  });
}

/** The head of a conversation: names and values, one pair a line. */
export function describeConversation(conversation: ConversationView, nowMs: number): (readonly [string, string])[] {
  const at = (iso: string) => formatInstant(Date.parse(iso), nowMs);
  const { conversationId, project, folder, parentId, messages, createdAt, updatedAt, archivedAt } = conversation;
  const facts: (readonly [string, string] | null)[] = [
    ['conversation', shortId(conversationId)],
    ['id', conversationId],
    ['title', describeTitle(conversation)],
    project === null ? null : ['project', sanitizeLine(project)],
    folder === null ? null : ['folder', sanitizeLine(folder)],
    parentId === null ? null : ['fork of', shortId(parentId)],
    ['messages', String(messages)],
    ['begun', at(createdAt)],
    ['changed', at(updatedAt)],
    archivedAt === null ? null : ['archived', at(archivedAt)],
  ];
  return facts.filter((fact) => fact !== null);
}

/** A message: a line with number, role and time, then its text. */
export function describeMessage(message: MessageView, nowMs: number): Part[][] {
  const { seq, role, status, createdAt, text, characters, removedAt } = message;
  const state = status === 'done' ? '' : ` · ${status}`;
  const head = `${seq}  ${role} · ${formatInstant(Date.parse(createdAt), nowMs)}${state}${removedAt === null ? '' : ' · removed'}`;
  const lines: Part[][] = [
    [{ style: 'bold', text: head }],
    ...sanitize(text)
      .split('\n')
      .map((line) => [`  ${line}`]),
  ];
  const missing = characters - text.length;
  return missing > 0 ? [...lines, [{ style: 'dim', text: `  … ${missing} more characters` }]] : lines;
}

/** A hit: a line that says where it stands, then the part of the text with its words in bold. */
export function describeHit(hit: SearchHit, nowMs: number): Part[][] {
  const { conversationId, title, seq, role, createdAt, excerpt, marks } = hit;
  const age = formatAge(Date.parse(createdAt), nowMs);
  const where = `${shortId(conversationId)}  message ${seq} · ${role} · ${age} · ${sanitizeLine(title ?? 'no title')}`;
  const parts: Part[] = ['  '];
  let from = 0;
  for (const [start, end] of marks) {
    parts.push(oneLine(excerpt.slice(from, start)), { style: 'bold', text: oneLine(excerpt.slice(start, end)) });
    from = end;
  }
  return [[{ style: 'dim', text: where }], [...parts, oneLine(excerpt.slice(from))]];
}

function oneLine(text: string): string {
  return sanitize(text).replace(/\s+/g, ' ');
}

function describeTitle({ title, isPrivate, archivedAt }: ConversationView): string {
  const marks = [...(isPrivate ? ['private'] : []), ...(archivedAt === null ? [] : ['archived'])];
  const name = sanitizeLine(title ?? 'no title');
  return marks.length === 0 ? name : `${name} (${marks.join(', ')})`;
}
