import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser/lib/esm/main.js';
import { maximumDepth } from '../copy-json.js';
import type { ConfigErrorCode } from '../errors.js';
import { formatKey, type KeyPath } from '../key.js';
import type { JsonValue } from '../types.js';
import { findTooDeep } from './depth.js';
import { locate, type Position } from './position.js';

/** A text that was read without a problem. */
export interface Document {
  /** The tree, for edits; `null` if the text holds comments only. */
  readonly tree: Node | null;
  /** Null-prototype objects. */
  readonly value: { readonly [key: string]: JsonValue };
  /** Where each key stands, by its canonical spelling. */
  readonly places: ReadonlyMap<string, Position>;
}

/** What stops a text from being read. */
export interface DocumentProblem extends Position {
  readonly code: ConfigErrorCode;
  readonly key: string | null;
  readonly message: string;
}

/** Reads JSON with comments and trailing commas. Gives no value where anything is wrong. */
export function parseDocument(text: string): Document | readonly DocumentProblem[] {
  const at = locate(text);
  const tooDeep = findTooDeep(text, maximumDepth);
  if (tooDeep !== null) {
    return [{ code: 'syntax', key: null, message: `nested deeper than ${maximumDepth}`, ...at(tooDeep) }];
  }

  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true }) ?? null;
  const [error] = errors;
  if (error) return [{ code: 'syntax', key: null, message: describe(error), ...at(error.offset) }];
  if (!tree) return { tree, value: Object.create(null), places: new Map() };
  if (tree.type !== 'object') {
    return [{ code: 'wrong-type', key: null, message: 'the file holds no object', ...at(tree.offset) }];
  }

  const places = new Map<string, Position>();
  const problems: DocumentProblem[] = [];
  const value = read(tree, []) as Document['value'];
  return problems.length > 0 ? problems : { tree, value, places };

  function read(node: Node, path: KeyPath): JsonValue {
    if (node.type === 'array') return (node.children ?? []).map((child, index) => readItem(child, [...path, index]));
    if (node.type !== 'object') return node.value as JsonValue;
    const object: Record<string, JsonValue> = Object.create(null);
    for (const property of node.children ?? []) {
      const [name, child] = property.children as [Node, Node];
      const key: string = name.value;
      const keyPath = [...path, key];
      const refuse = (code: ConfigErrorCode, message: string) =>
        problems.push({ code, key: formatKey(keyPath), message, ...at(name.offset) });
      if (key === '__proto__') refuse('unknown-key', 'no key may be called "__proto__"');
      else if (key in object) refuse('duplicate-key', `"${key}" stands twice in one object`);
      places.set(formatKey(keyPath), at(name.offset));
      object[key] = read(child, keyPath);
    }
    return object;
  }

  function readItem(node: Node, path: KeyPath): JsonValue {
    places.set(formatKey(path), at(node.offset));
    return read(node, path);
  }
}

/** `CommaExpected` → `comma expected`. */
function describe(error: ParseError): string {
  return printParseErrorCode(error.error).replace(
    /[A-Z]/g,
    (letter, offset) => (offset ? ' ' : '') + letter.toLowerCase(),
  );
}
