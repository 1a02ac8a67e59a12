import { expect, it } from 'vitest';
import { readRequest } from '../../src/wire/read-request.js';
import { refuseFormatWithTools, toolList, toToolFunctions } from '../../src/wire/tools.js';

const read = (list: unknown) => toToolFunctions(readRequest(toolList, list));

it('functions are read with what was left out', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  expect(
    read([
      { type: 'function', function: { name: 'weather', description: 'of a city', parameters, strict: true } },
      { function: { name: 'time' } },
      { type: 'function', function: { name: 'date', description: null, parameters: null } },
    ]),
  ).toEqual([
    { name: 'weather', description: 'of a city', parameters },
    { name: 'time', description: '', parameters: { type: 'object', properties: {} } },
    { name: 'date', description: '', parameters: { type: 'object', properties: {} } },
  ]);
  expect([read(undefined), read(null), read([])]).toEqual([[], [], []]);
});

it.each([
  [{}],
  [[null]],
  [[{ type: 'web_search' }]],
  [[{ type: 'web_search', function: { name: 'x' } }]],
  [[{ function: { name: '' } }]],
  [[{ function: { name: 'x'.repeat(257) } }]],
  [[{ function: { name: 'x', parameters: [] } }]],
  [[{ function: { name: 'x' } }, { function: { name: 'x' } }]],
])('%j is refused', (list) => {
  expect(() => read(list)).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
});

it('a format and tools exclude each other', () => {
  const tools = read([{ function: { name: 'x' } }]);
  expect(() => refuseFormatWithTools({ kind: 'json' }, tools)).toThrowError(
    expect.objectContaining({ code: 'invalid-request' }),
  );
  refuseFormatWithTools({ kind: 'json' }, []);
  refuseFormatWithTools(null, tools);
});
