import fc from 'fast-check';
import { expect, it } from 'vitest';
import { setInText, unsetInText } from '../../src/jsonc/edit.js';
import { parseDocument } from '../../src/jsonc/parse-document.js';
import type { JsonValue } from '../../src/types.js';

function read(text: string) {
  const document = parseDocument(text);
  if (!('value' in document)) throw new Error(`${JSON.stringify(document)} in\n${text}`);
  return document;
}
const set = (text: string, path: string[], value: JsonValue) => setInText(text, read(text).tree, path, value);
const unset = (text: string, path: string[]) => unsetInText(text, read(text).tree, path);

it.each<[string, string, string[], JsonValue, string]>([
  ['an empty file', '', ['a', 'b'], 1, '{\n  "a": {\n    "b": 1\n  }\n}\n'],
  ['a file of comments', '// mine', ['a'], 1, '// mine\n{\n  "a": 1\n}\n'],
  ['an empty object', '{}', ['a'], 1, '{\n  "a": 1\n}'],
  ['an object with a comment', '{\n  // none yet\n}\n', ['a'], 1, '{\n  // none yet\n  "a": 1\n}\n'],
  ['an object of one line', '{ "a": 1 }', ['b'], 2, '{ "a": 1, "b": 2 }'],
  ['an object of one line with a comment', '{ "a": 1 /* x */ }', ['b'], 2, '{ "a": 1, /* x */ "b": 2 }'],
  ['the last line', '{\n\t"a": 1\n}\n', ['b'], [1], '{\n\t"a": 1,\n\t"b": [\n\t\t1\n\t]\n}\n'],
  ['a comment behind the last value', '{\n  "a": 1 // small\n}', ['b'], 2, '{\n  "a": 1, // small\n  "b": 2\n}'],
  ['a trailing comma', '{\n  "a": 1, // small\n}', ['b'], 2, '{\n  "a": 1, // small\n  "b": 2,\n}'],
  ['a comment before the comma', '{\n  "a": 1 /* x */,\n}', ['b'], 2, '{\n  "a": 1 /* x */,\n  "b": 2,\n}'],
  ['CRLF', '{\r\n  "a": 1\r\n}\r\n', ['b'], 2, '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n'],
  ['a value', '{ "a": 1, /* x */ "b": 2 }', ['a'], 'y', '{ "a": "y", /* x */ "b": 2 }'],
  ['an object', '{\n  "a": { "b": 1 }\n}', ['a', 'b'], true, '{\n  "a": { "b": true }\n}'],
  ['a value that becomes an object', '{ "a": null }', ['a', 'b'], 1, '{ "a": {\n  "b": 1\n} }'],
])('sets a key in %s', (_, text, path, value, expected) => {
  expect(set(text, path, value)).toBe(expected);
});

it.each<[string, string, string[], string]>([
  ['the only one', '{\n  "a": 1\n}', ['a'], '{\n}'],
  ['the first', '{\n  "a": 1,\n  "b": 2\n}', ['a'], '{\n  "b": 2\n}'],
  ['the last', '{\n  "a": 1,\n  "b": 2\n}', ['b'], '{\n  "a": 1\n}'],
  ['the last, behind a comment', '{\n  "a": 1, // small\n  "b": 2\n}', ['b'], '{\n  "a": 1 // small\n}'],
  ['one with a trailing comma', '{\n  "a": 1,\n  "b": [\n    2\n  ],\n}', ['b'], '{\n  "a": 1,\n}'],
  ['one with its own comment', '{\n  "a": 1, // why\n  "b": 2\n}', ['a'], '{\n  // why\n  "b": 2\n}'],
  ['one with a comment before the comma', '{\n  "a": 1 /* x */,\n  "b": 2\n}', ['a'], '{\n   /* x */\n  "b": 2\n}'],
  ['one of a line', '{ "a": 1, "b": 2 }', ['a'], '{ "b": 2 }'],
  ['one further down', '{ "a": { "b": 1 } }', ['a', 'b'], '{ "a": { } }'],
  ['one that is not there', '{ "a": 1 }', ['b'], '{ "a": 1 }'],
  ['one below a value', '{ "a": 1 }', ['a', 'b'], '{ "a": 1 }'],
])('takes out %s', (_, text, path, expected) => {
  expect(unset(text, path)).toBe(expected);
});

/** A text with comments everywhere, made from choices. */
const names = ['a', 'b', 'c', 'd.e'];
const tree: fc.Memo<JsonValue> = fc.memo((depth) =>
  depth <= 1
    ? fc.oneof(fc.integer(), fc.constantFrom('x', '// no comment', '/*', '}'), fc.constant([1, 2]))
    : fc.oneof(tree(1), object(depth - 1)),
);
const object = fc.memo((depth) => fc.dictionary(fc.constantFrom(...names), tree(depth), { maxKeys: 4 }));

function print(value: JsonValue, random: () => number, newline: string): string {
  let comments = 0;
  const gap = () => {
    const id = `c${comments++}`;
    const pick = Math.floor(random() * 7);
    return [
      '',
      ' ',
      newline,
      ` /* ${id} */`,
      ` // ${id}${newline}`,
      `${newline}  // ${id}${newline}  `,
      ' /* a\n b */',
    ][pick]!;
  };
  const write = (current: JsonValue): string => {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return JSON.stringify(current);
    const members = Object.entries(current).map(
      ([key, member]) => `${gap()}${JSON.stringify(key)}${gap()}:${gap()}${write(member)}${gap()}`,
    );
    const trailing = members.length > 0 && random() < 0.3 ? `,${gap()}` : '';
    return `{${members.join(',')}${trailing}${gap()}}`;
  };
  return gap() + write(value) + gap();
}

const commentsOf = (text: string) =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"|(\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)/g)].flatMap((match) => match[1] ?? []);

function withValue(value: JsonValue, [name, ...rest]: string[], member: JsonValue | undefined): JsonValue {
  const base = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  const result = base as Record<string, JsonValue>;
  const key = name!;
  if (rest.length > 0) {
    const below = result[key];
    const isObject = typeof below === 'object' && below !== null && !Array.isArray(below);
    if (member !== undefined || isObject) result[key] = withValue(below ?? {}, rest, member);
  } else if (member === undefined) delete result[key];
  else result[key] = member;
  return result;
}

// CONFIG-3
it('keeps every comment and changes nothing but the key, in any text', () => {
  const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 });
  const change = fc.tuple(path, fc.option(tree(2), { nil: undefined }));
  fc.assert(
    fc.property(
      object(3),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('\n', '\r\n'),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (start, changes, newline, choices) => {
        let value: JsonValue = start;
        let text = print(value, () => choices.next().value, newline);
        const comments = commentsOf(text);
        for (const [at, member] of changes) {
          const replaced = replacedBy(value, at, member);
          const before = commentsOf(text);
          text = member === undefined ? unset(text, at) : set(text, at, member);
          value = withValue(value, at, member);
          expect(structuredClone(read(text).value)).toEqual(value);
          // Only comments inside what was replaced or taken out may go.
          const after = commentsOf(text);
          if (!replaced) expect(after).toEqual(before);
          else expect(isSubsequence(after, before)).toBe(true);
        }
        expect(comments.length).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 1_000 },
  );
});

/** Whether the change takes a value away, or a key, whose own text may hold comments. */
function replacedBy(value: JsonValue, path: string[], member: JsonValue | undefined): boolean {
  let current: JsonValue | undefined = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return true;
    if (!Object.hasOwn(current, name)) return false;
    current = (current as Record<string, JsonValue>)[name];
  }
  return member === undefined || typeof current === 'object';
}

function isSubsequence(short: readonly string[], long: readonly string[]): boolean {
  let index = 0;
  for (const item of long) if (item === short[index]) index++;
  return index === short.length;
}
