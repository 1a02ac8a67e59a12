import type { Node } from 'jsonc-parser/lib/esm/main.js';
import type { JsonValue } from '../types.js';

/** A replacement of `length` characters at `offset`. */
interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** Names of objects, outermost first. */
type Names = readonly string[];

/** `text` with `value` at `path`: nothing else changes but a comma and the new lines. */
export function setInText(text: string, tree: Node | null, path: Names, value: JsonValue): string {
  const style = styleOf(text, tree);
  if (!tree) {
    const before = text === '' || text.endsWith('\n') ? text : text + style.newline;
    return before + print(nest(path, value), '', style) + style.newline;
  }
  let node = tree;
  for (const [index, name] of path.entries()) {
    const property = propertyOf(node, name);
    const rest = nest(path.slice(index + 1), value);
    if (!property) return apply(text, insertion(text, node, name, rest, style));
    const child = property.children![1]!;
    if (index === path.length - 1 || child.type !== 'object') {
      const printed = print(rest, indentAt(text, property.offset), style);
      return apply(text, [{ offset: child.offset, length: child.length, text: printed }]);
    }
    node = child;
  }
  return text;
}

/** `text` without the key at `path`; comments stay, a line that becomes empty goes. */
export function unsetInText(text: string, tree: Node | null, path: Names): string {
  let node = tree;
  let property: Node | undefined;
  for (const name of path) {
    property = node?.type === 'object' ? propertyOf(node, name) : undefined;
    if (!property) return text;
    node = property.children![1]!;
  }
  return property ? apply(text, removal(text, property)) : text;
}

interface Style {
  readonly newline: string;
  readonly unit: string;
}

function styleOf(text: string, tree: Node | null): Style {
  const first = tree?.children?.[0];
  const indent = first && startsLine(text, first.offset) ? indentAt(text, first.offset) : '';
  return { newline: text.includes('\r\n') ? '\r\n' : '\n', unit: indent || '  ' };
}

function insertion(text: string, object: Node, name: string, value: JsonValue, style: Style): Edit[] {
  const closing = object.offset + object.length - 1;
  const last = object.children?.at(-1);
  const outer = indentAt(text, object.offset);
  const inner = last && startsLine(text, last.offset) ? indentAt(text, last.offset) : outer + style.unit;
  const property = `${JSON.stringify(name)}: ${print(value, inner, style)}`;
  if (!last) {
    const content = text.slice(object.offset + 1, closing).trimEnd();
    const offset = object.offset + 1 + content.length;
    const after = /[\r\n]/.test(text.slice(offset, closing)) ? '' : style.newline + outer;
    return [{ offset, length: 0, text: style.newline + inner + property + after }];
  }
  const end = last.offset + last.length;
  const trivia = readTrivia(text, end);
  const comma: Edit[] = trivia.comma === null ? [{ offset: end, length: 0, text: ',' }] : [];
  const isOneLine = !/[\r\n]/.test(text.slice(trivia.end, closing));
  const before = isOneLine ? ' ' : style.newline + inner;
  return [...comma, { offset: trivia.end, length: 0, text: before + property + (trivia.comma === null ? '' : ',') }];
}

function removal(text: string, property: Node): Edit[] {
  const start = property.offset;
  const end = start + property.length;
  const comma = readTrivia(text, end).comma;
  if (comma !== null) {
    if (text.slice(end, comma).trim() === '') return [cut(text, start, comma + 1)];
    return [
      { offset: start, length: property.length, text: '' }, // a comment stands between value and comma
      { offset: comma, length: 1, text: '' },
    ];
  }
  const siblings = property.parent!.children!;
  const previous = siblings[siblings.indexOf(property) - 1];
  const before = previous ? readTrivia(text, previous.offset + previous.length).comma : null;
  const ownEdit = cut(text, start, end);
  return before === null ? [ownEdit] : [{ offset: before, length: 1, text: '' }, ownEdit];
}

/** Takes out a range: with its lines if nothing else stands on them, else with the blanks after it. */
function cut(text: string, start: number, end: number): Edit {
  const rest = /([^\S\r\n]*)(\r\n|\n|\r|$)?/y;
  rest.lastIndex = end;
  const [, blanks = '', lineEnd] = rest.exec(text) ?? [];
  if (lineEnd === undefined) return { offset: start, length: end + blanks.length - start, text: '' };
  if (!startsLine(text, start)) return { offset: start, length: end - start, text: '' };
  const from = lineStart(text, start);
  return { offset: from, length: end + blanks.length + lineEnd.length - from, text: '' };
}

/** The comma after `offset`, and the end of the comments that follow on the same line. */
function readTrivia(text: string, offset: number): { comma: number | null; end: number } {
  const trivia = /[^\S\r\n]+|(\r\n|\n|\r)|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|(,)/y;
  trivia.lastIndex = offset;
  let comma: number | null = null;
  let end = offset;
  let isSameLine = true;
  for (let match = trivia.exec(text); match; match = trivia.exec(text)) {
    if (match[2]) {
      if (comma !== null) break;
      comma = match.index;
      isSameLine = true; // the property ends with its comma, wherever that stands
    } else if (match[1]) {
      if (comma !== null) break;
      isSameLine = false;
    }
    if (isSameLine && match[0].trim() !== '') end = trivia.lastIndex;
  }
  return { comma, end: comma === null ? end : Math.max(end, comma + 1) };
}

function propertyOf(object: Node, name: string): Node | undefined {
  return object.children?.find((property) => property.children?.[0]?.value === name);
}

function nest(path: Names, value: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>((inner, name) => ({ [name]: inner }), value);
}

function print(value: JsonValue, indent: string, style: Style): string {
  return JSON.stringify(value, null, style.unit).replaceAll('\n', style.newline + indent);
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
}

function indentAt(text: string, offset: number): string {
  return /^[^\S\r\n]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
}

function startsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

function apply(text: string, edits: readonly Edit[]): string {
  let result = text;
  // From the back, and of two at one place the later first, so that they stand in the order of the list.
  for (const edit of edits.toSorted((a, b) => a.offset - b.offset).reverse()) {
    result = result.slice(0, edit.offset) + edit.text + result.slice(edit.offset + edit.length);
  }
  return result;
}
