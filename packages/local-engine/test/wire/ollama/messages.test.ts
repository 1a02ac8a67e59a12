import { expect, it } from 'vitest';
import { chatMessages, toChatMessages } from '../../../src/wire/ollama/messages.js';
import { readRequest } from '../../../src/wire/read-request.js';

const read = (messages: unknown) => toChatMessages(readRequest(chatMessages, messages));

it('a conversation with tools is read with ids, names and arguments', () => {
  const messages = [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'weather?' },
    {
      role: 'assistant',
      content: '',
      thinking: 'ask the tool',
      tool_calls: [{ id: 'a', type: 'function', function: { index: 0, name: 'weather', arguments: { city: 'Wien' } } }],
    },
    { role: 'tool', content: 'sunny', tool_call_id: 'a', tool_name: 'weather' },
  ];
  expect(read(messages)).toEqual([
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'weather?' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'a', name: 'weather', arguments: { city: 'Wien' } }],
    },
    { role: 'tool', content: 'sunny', toolCallId: 'a', toolName: 'weather' },
  ]);
});

it('calls without an id are named by their place, the same each time', () => {
  const turn = {
    role: 'assistant',
    tool_calls: [{ function: { name: 'a' } }, { id: '', function: { name: 'b', arguments: null } }],
  };
  const messages = [turn, { role: 'tool', content: '1' }, turn];
  const ids = read(messages).flatMap(({ toolCalls }) => toolCalls?.map(({ id }) => id) ?? []);
  expect(ids).toEqual(['call_0', 'call_1', 'call_2', 'call_3']);
  expect(read(messages)).toEqual(read(messages));
});

it('what is left out or null is nothing', () => {
  expect(
    read([{ role: 'user' }, { role: 'assistant', content: null, tool_calls: null }, { role: 'tool', tool_name: null }]),
  ).toEqual([
    { role: 'user', content: '' },
    { role: 'assistant', content: '' },
    { role: 'tool', content: '' },
  ]);
});

it.each([
  [[{ role: 'boss', content: 'x' }], '0.role'],
  [[{ content: 'x' }], '0.role'],
  [[{ role: 'user', content: 1 }], '0.content'],
  [[{ role: 'user', content: [{ type: 'text', text: 'x' }] }], '0.content'],
  [[{ role: 'assistant', tool_calls: [{}] }], '0.tool_calls.0.function'],
  [[{ role: 'assistant', tool_calls: [{ function: { name: '' } }] }], '0.tool_calls.0.function.name'],
  [[{ role: 'assistant', tool_calls: [{ function: { name: 'a', arguments: '{}' } }] }], 'function.arguments'],
])('%j is refused at %s', (messages, path) => {
  expect(() => read(messages)).toThrowError(
    expect.objectContaining({ code: 'invalid-request', message: expect.stringContaining(path) }),
  );
});
