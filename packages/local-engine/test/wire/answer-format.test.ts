import { expect, it } from 'vitest';
import { readFormat } from '../../src/wire/answer-format.js';

it.each([[undefined], [null], ['']])('%j is free text', (format) => {
  expect(readFormat(format)).toBeNull();
});

it('"json" is any JSON, an object is a schema', () => {
  expect(readFormat('json')).toEqual({ kind: 'json' });
  expect(readFormat({ type: 'object' })).toMatchObject({ kind: 'schema', schema: { type: 'object' } });
});

it.each([['yaml'], [7], [true], [[]], [['json']]])('%j is refused', (format) => {
  expect(() => readFormat(format)).toThrowError(
    expect.objectContaining({ code: 'invalid-request', message: expect.stringContaining('invalid format') }),
  );
});
