import { expect, it } from 'vitest';
import { fromOpenaiMessages, hasMedia, openaiMessages } from '../../../src/wire/openai/messages.js';
import { readRequest } from '../../../src/wire/read-request.js';

const parse = (messages: unknown) => readRequest(openaiMessages, messages);
const read = (messages: unknown) => fromOpenaiMessages(parse(messages));

it('a conversation with tools is read, its arguments from JSON text', () => {
  expect(
    read([
      { role: 'developer', content: 'be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'wea' },
          { type: 'text', text: 'ther?' },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city":"Wien"}' } }],
      },
      { role: 'tool', content: 'sunny', tool_call_id: 'a', name: 'weather' },
    ]),
  ).toEqual([
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'weather?' },
    { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'weather', arguments: { city: 'Wien' } }] },
    { role: 'tool', content: 'sunny', toolCallId: 'a', toolName: 'weather' },
  ]);
});

it('arguments may be an object, empty or missing; ids are given by the place', () => {
  const called = (given: unknown) => ({ function: { name: 'x', arguments: given } });
  const [message] = read([
    { role: 'assistant', tool_calls: [called({ a: 1 }), called(''), called(null), { function: { name: 'y' } }] },
  ]);
  expect(message?.toolCalls).toEqual([
    { id: 'call_0', name: 'x', arguments: { a: 1 } },
    { id: 'call_1', name: 'x', arguments: {} },
    { id: 'call_2', name: 'x', arguments: {} },
    { id: 'call_3', name: 'y', arguments: {} },
  ]);
});

it('a name is that of a tool in messages of tools alone', () => {
  expect(read([{ role: 'user', content: 'x', name: 'anna', tool_call_id: 'a' }])).toEqual([
    { role: 'user', content: 'x' },
  ]);
});

it.each([['{'], ['[]'], ['7'], ['null'], ['"x"']])('arguments %j are refused', (given) => {
  expect(() => read([{ role: 'assistant', tool_calls: [{ function: { name: 'x', arguments: given } }] }])).toThrowError(
    expect.objectContaining({ code: 'invalid-request' }),
  );
});

it.each([
  [[{ role: 'function', content: 'x' }]],
  [[{ role: 'user', content: 7 }]],
  [[{ role: 'user', content: ['x'] }]],
  [[{ role: 'assistant', tool_calls: [{ function: {} }] }]],
])('%j is refused', (messages) => {
  expect(() => parse(messages)).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
});

it.each<[unknown, boolean]>([
  ['text', false],
  [null, false],
  [[{ type: 'text', text: 'x' }], false],
  [[{ type: 'refusal', refusal: 'no' }], false],
  [
    [
      { type: 'text', text: 'x' },
      { type: 'image_url', image_url: { url: 'data:' } },
    ],
    true,
  ],
  [[{ type: 'input_audio', input_audio: {} }], true],
])('%j holds more than text: %j', (content, expected) => {
  expect(hasMedia(parse([{ role: 'user', content }]))).toBe(expected);
});
