import type { JsonObject } from '../types.js';
import type { ForgetScope } from './types.js';

/** Facts of a message or memory that a scope looks at. */
export interface ScopedRow {
  readonly createdAtMs: number;
  /** All that may hold a text: strings, or values whose strings, numbers and names of members are looked at. */
  readonly content: unknown;
}

/** Which kind of scope it is, for the record of deletions. */
export function scopeKind(scope: ForgetScope): string {
  if (scope.everything) return 'everything';
  const kinds = (['conversation', 'project', 'before', 'text'] as const).filter((kind) => scope[kind] !== undefined);
  return kinds.length > 0 ? kinds.join('+') : 'owner';
}

/** Whether whole conversations go, rather than single messages in them. */
export function takesWholeConversations({ before, text }: ForgetScope): boolean {
  return before === undefined && text === undefined;
}

/** Whether a message or memory is in the scope by its time and text. */
export function isInScope({ before, text }: ForgetScope, row: ScopedRow): boolean {
  if (before !== undefined && row.createdAtMs >= before) return false;
  return text === undefined || holdsText(row.content, text);
}

/** Whether a value holds a text in a string, a number or the name of a member: letters of either case, composed or not. */
export function holdsText(value: unknown, text: string): boolean {
  return holds(value, folded(text));
}

function holds(value: unknown, text: string): boolean {
  if (typeof value === 'string') return folded(value).includes(text);
  if (typeof value === 'number') return String(value).includes(text);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((member) => holds(member, text));
  return Object.entries(value).some(([name, member]) => holds(name, text) || holds(member, text));
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC');
}

/** A scope as it is kept while its deletion runs. */
export function scopeJson(scope: ForgetScope): JsonObject {
  return JSON.parse(JSON.stringify(scope)) as JsonObject;
}
