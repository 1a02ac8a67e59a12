import type { JsonObject } from '../types.js';
import type { ForgetScope } from './types.js';

/** Facts of a message that a scope looks at. */
export interface ScopedRow {
  readonly text: string;
  readonly createdAtMs: number;
  /** What stands beside the text, as JSON. */
  readonly rest?: string;
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
  return text === undefined || holdsText(row.text, text) || (row.rest !== undefined && holdsText(row.rest, text));
}

/** Whether a text holds another, letters of either case. */
export function holdsText(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** A scope as it is kept while its deletion runs. */
export function scopeJson(scope: ForgetScope): JsonObject {
  return JSON.parse(JSON.stringify(scope)) as JsonObject;
}
