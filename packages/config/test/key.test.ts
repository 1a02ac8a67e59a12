import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatKey, parseKey } from '../src/key.js';

it.each([
  [['server', 'port'], 'server.port'],
  [['prices', 'qwen2.5:7b', 'input'], 'prices["qwen2.5:7b"].input'],
  [['list', 0, 'name'], 'list[0].name'],
  [['a"b\\', ''], '["a\\"b\\\\"][""]'],
])('writes %j as %s and reads it back', (path, key) => {
  expect(formatKey(path)).toBe(key);
  expect(parseKey(key)).toEqual(path);
});

it.each(['', '.', '.a', 'a.', 'a..b', 'a b', 'a[', 'a["b]', 'a["\\x"]', 'a[01x]', 'a.[0'])(
  'refuses the spelling %j',
  (key) => {
    expect(parseKey(key)).toBeNull();
  },
);

it('reads back every path that it writes', () => {
  const part = fc.oneof(fc.string({ unit: 'binary' }), fc.nat(1_000));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (path) => {
      expect(parseKey(formatKey(path))).toEqual(path);
    }),
  );
});
