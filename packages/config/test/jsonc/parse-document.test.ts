import { expect, it } from 'vitest';
import { parseDocument } from '../../src/jsonc/parse-document.js';
import { hostileFiles } from '../../src/testing/index.js';

it('reads comments, trailing commas and CRLF, and says where each key stands', () => {
  const document = parseDocument('{\r\n  // one\r\n  "a": { "b": [1, { "c": null }] }, /* two */\r\n}\r\n');
  if (!('value' in document)) throw new Error('refused');
  expect(structuredClone(document.value)).toEqual({ a: { b: [1, { c: null }] } });
  expect(Object.fromEntries(document.places)).toEqual({
    a: { line: 3, column: 3 },
    'a.b': { line: 3, column: 10 },
    'a.b[0]': { line: 3, column: 16 },
    'a.b[1]': { line: 3, column: 19 },
    'a.b[1].c': { line: 3, column: 21 },
  });
});

it.each(['', '   \n', '// nothing yet\n', '{}'])('reads %j as an empty object', (text) => {
  expect(parseDocument(text)).toMatchObject({ value: {} });
});

it('keeps ordinary names of the prototype as plain keys', () => {
  const document = parseDocument('{ "constructor": 1, "toString": 2 }');
  if (!('value' in document)) throw new Error('refused');
  expect(Object.getPrototypeOf(document.value)).toBeNull();
  expect(Object.entries(document.value)).toEqual([
    ['constructor', 1],
    ['toString', 2],
  ]);
});

it('reads 64 levels but not 65, wherever brackets stand in strings and comments', () => {
  const nested = (depth: number) => `{ "a": ${'['.repeat(depth - 1)}"[[\\"["/* [[ */${']'.repeat(depth - 1)} } // [`;
  expect(parseDocument(nested(64))).toHaveProperty('value');
  expect(parseDocument(nested(65))).toMatchObject([{ code: 'syntax', line: 1 }]);
});

const texts = hostileFiles.filter(({ content, code }) => typeof content === 'string' && code !== 'unsafe-file');
it.each(texts.map(({ name, content, code }) => [name, code, content as string]))(
  'refuses %s as %s',
  (_, code, content) => {
    const problems = parseDocument(content);
    expect(problems).toMatchObject([{ code, line: expect.any(Number), column: expect.any(Number) }]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  },
);

it('names the place of a second key', () => {
  expect(parseDocument('{\n  "a": 1,\n  "a": 2\n}')).toMatchObject([
    { code: 'duplicate-key', key: 'a', line: 3, column: 3 },
  ]);
});
