import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatBody } from '../../../src/backends/anthropic/messages.js';
import { checkMessageRequest } from '../../../src/testing/fake-anthropic/checks.js';
import type { ChatMessage, JsonObject } from '../../../src/types.js';

const call = (id: string, name = 'look') => ({ id, name, arguments: { at: id } });
const use = (id: string, name = 'look') => ({ type: 'tool_use', id, name, input: { at: id } });
const result = (id: string, content: string) => ({ type: 'tool_result', tool_use_id: id, content });
const lost = (id: string) => ({ ...result(id, 'There is no result.'), is_error: true });
const text = (words: string) => ({ type: 'text', text: words });

const cases: readonly [what: string, chat: readonly ChatMessage[], messages: readonly object[]][] = [
  [
    'a chat in turns stays as it is',
    [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ],
    [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ],
  ],
  [
    'messages of one side are joined',
    [
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ],
    [{ role: 'user', content: [text('a'), text('b')] }],
  ],
  [
    'empty messages are left out',
    [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: ' \n' },
      { role: 'user', content: '' },
    ],
    [{ role: 'user', content: 'a' }],
  ],
  [
    'answers of tools stand beside their calls, before what the user says',
    [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'wait', toolCalls: [call('1'), call('2')] },
      { role: 'tool', content: 'two', toolCallId: '2' },
      { role: 'user', content: 'well?' },
      { role: 'tool', content: 'one', toolCallId: '1' },
    ],
    [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [text('wait'), use('1'), use('2')] },
      { role: 'user', content: [result('2', 'two'), result('1', 'one'), text('well?')] },
    ],
  ],
  [
    'an answer without an id belongs to the first open call of its tool',
    [
      { role: 'assistant', content: '', toolCalls: [call('1', 'look'), call('2', 'hear')] },
      { role: 'tool', content: 'boo', toolName: 'hear' },
      { role: 'tool', content: 'dark' },
    ],
    [
      { role: 'assistant', content: [use('1', 'look'), use('2', 'hear')] },
      { role: 'user', content: [result('2', 'boo'), result('1', 'dark')] },
    ],
  ],
  [
    'a call that nothing answers gets an answer that says so',
    [
      { role: 'assistant', content: '', toolCalls: [call('1')] },
      { role: 'user', content: 'never mind' },
      { role: 'assistant', content: '', toolCalls: [call('2')] },
    ],
    [
      { role: 'assistant', content: [use('1')] },
      { role: 'user', content: [lost('1'), text('never mind')] },
      { role: 'assistant', content: [use('2')] },
      { role: 'user', content: [lost('2')] },
    ],
  ],
  [
    'an answer without its call is told as text',
    [
      { role: 'tool', content: 'dark', toolCallId: 'gone', toolName: 'look' },
      { role: 'tool', content: 'boo' },
    ],
    [{ role: 'user', content: [text('Result of look:\ndark'), text('Result of a tool:\nboo')] }],
  ],
  [
    'an empty answer of a tool has no content',
    [
      { role: 'assistant', content: '', toolCalls: [call('1')] },
      { role: 'tool', content: '', toolCallId: '1' },
    ],
    [
      { role: 'assistant', content: [use('1')] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: '1' }] },
    ],
  ],
  [
    'ids of other servers are made to fit, the same ones to the same',
    [
      { role: 'assistant', content: '', toolCalls: [{ ...call('1'), id: 'functions.look:0' }] },
      { role: 'tool', content: 'dark', toolCallId: 'functions.look:0' },
    ],
    [
      { role: 'assistant', content: [{ ...use('1'), id: 'functions_look_0' }] },
      { role: 'user', content: [result('functions_look_0', 'dark')] },
    ],
  ],
];

describe('a chat', () => {
  it.each(cases)('%s', (_what, chat, messages) => {
    expect(chatBody(chat).messages).toEqual(messages);
  });

  it('its system messages stand apart, in their order', () => {
    const chat: ChatMessage[] = [
      { role: 'system', content: 'first' },
      { role: 'user', content: 'a' },
      { role: 'system', content: 'second' },
    ];
    expect(chatBody(chat)).toMatchObject({ system: ['first', 'second'], messages: [{ role: 'user', content: 'a' }] });
  });

  it('it says which tools it has calls of and whether the model waits for answers', () => {
    const asked: ChatMessage[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: '', toolCalls: [call('1', 'look'), call('2', 'hear'), call('3', 'look')] },
    ];
    expect(chatBody(asked)).toMatchObject({ toolNames: ['look', 'hear'], isToolLoop: true });
    const answers = ['1', '2', '3'].map((id): ChatMessage => ({ role: 'tool', content: 'so', toolCallId: id }));
    expect(chatBody([...asked, ...answers]).isToolLoop).toBe(true);
    const end: ChatMessage[] = [
      { role: 'assistant', content: 'done' },
      { role: 'user', content: 'more' },
    ];
    expect(chatBody([...asked, ...answers, ...end]).isToolLoop).toBe(false);
  });

  it('whatever it holds, the API takes it', () => {
    const id = fc.constantFrom('1', '2', 'call:3', 'gone');
    const name = fc.constantFrom('look', 'hear');
    const content = fc.constantFrom('', ' ', 'words', 'more words');
    const message: fc.Arbitrary<ChatMessage> = fc.oneof(
      fc.record({ role: fc.constantFrom('user', 'system'), content }),
      fc.record({
        role: fc.constant('assistant' as const),
        content,
        toolCalls: fc.uniqueArray(fc.record({ id, name, arguments: fc.constant({}) }), {
          maxLength: 3,
          selector: (one) => one.id,
        }),
      }),
      fc.record({
        role: fc.constant('tool' as const),
        content,
        toolCallId: fc.option(id, { nil: undefined }),
        toolName: fc.option(name, { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (chat) => {
        const { messages, toolNames } = chatBody([...chat, { role: 'user', content: 'go on' }]);
        const tools = ['look', ...toolNames].map((tool) => ({ name: tool, input_schema: { type: 'object' } }));
        const body = { model: 'claude-opus-5-5', max_tokens: 10, messages, tools } as unknown as JsonObject;
        expect(checkMessageRequest(body)).toBeNull();
        const spoken = chat.filter((one) => one.content.trim() !== '' && one.role !== 'system');
        for (const one of spoken) expect(JSON.stringify(messages)).toContain(one.content);
      }),
      { numRuns: 500 },
    );
  });
});
