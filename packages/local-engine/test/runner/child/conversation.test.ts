import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitMessages, toHistory } from '../../../src/runner/child/conversation.js';
import type { ChatMessage } from '../../../src/runner/protocol.js';

const message = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content });
const asked = (...names: string[]): ChatMessage => ({
  ...message('assistant', ''),
  toolCalls: names.map((name) => ({ id: `id-${name}`, name, arguments: { of: name } })),
});

describe('conversation', () => {
  it('ends with an answer to be written, or to be gone on with', () => {
    expect(toHistory([message('system', 's'), message('user', 'u')])).toEqual([
      { type: 'system', text: 's' },
      { type: 'user', text: 'u' },
      { type: 'model', response: [] },
    ]);
    expect(toHistory([message('user', 'u'), message('assistant', 'half')]).at(-1)).toEqual({
      type: 'model',
      response: ['half'],
    });
  });

  it('has calls of functions, their results and the answer to them in one', () => {
    const history = toHistory([
      message('user', 'u'),
      asked('a', 'b'),
      { ...message('tool', '{"sun":true}'), toolCallId: 'id-b' },
      { ...message('tool', 'no JSON'), toolCallId: 'id-a' },
      message('assistant', 'done'),
      message('user', 'next'),
    ]);
    const call = { type: 'functionCall' };
    expect(history).toEqual([
      { type: 'user', text: 'u' },
      {
        type: 'model',
        response: [
          { ...call, name: 'a', params: { of: 'a' }, result: 'no JSON', startsNewChunk: true },
          { ...call, name: 'b', params: { of: 'b' }, result: { sun: true } },
          'done',
        ],
      },
      { type: 'user', text: 'next' },
      { type: 'model', response: [] },
    ]);
  });

  it('goes on with an answer whose calls have their results, also through several rounds', () => {
    const result = (name: string) => ({ ...message('tool', '1'), toolName: name });
    const history = toHistory([message('user', 'u'), asked('a'), result('a'), asked('b'), result('b')]);
    expect(history).toHaveLength(2);
    expect(history[1]).toMatchObject({
      type: 'model',
      response: [
        { name: 'a', result: 1 },
        { name: 'b', result: 1 },
      ],
    });
  });

  it('joins a result without an id by name, else with the oldest open call; one without a call is said by the user', () => {
    const response = (...results: ChatMessage[]) => toHistory([asked('a', 'b'), ...results]);
    expect(response({ ...message('tool', '1'), toolName: 'b' })[0]).toMatchObject({
      response: [
        { name: 'a', result: null },
        { name: 'b', result: 1 },
      ],
    });
    expect(response(message('tool', '1'))[0]).toMatchObject({ response: [{ name: 'a', result: 1 }, { result: null }] });
    expect(response(message('tool', '1'), message('tool', '2'), message('tool', '3'))[1]).toEqual({
      type: 'user',
      text: '3',
    });
  });

  it('loses its oldest messages until it fits, never a system prompt and never the last one', () => {
    const count = (messages: readonly ChatMessage[]) => messages.reduce((sum, { content }) => sum + content.length, 0);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 9 })), { minLength: 1 }),
        fc.nat(60),
        (shape, limit) => {
          const messages = shape.map(([isSystem, length]) => message(isSystem ? 'system' : 'user', 'x'.repeat(length)));
          const fitted = fitMessages(messages, limit, count);
          const least = messages.filter(({ role }, at) => role === 'system' || at === messages.length - 1);
          if (fitted === null) {
            expect(count(least)).toBeGreaterThan(limit);
            return;
          }
          expect(count(fitted)).toBeLessThanOrEqual(limit);
          expect(fitted).toEqual(expect.arrayContaining(least));
          expect(fitted.at(-1)).toBe(messages.at(-1));
        },
      ),
    );
  });

  it('is counted a few times, however long it is', () => {
    const messages = Array.from({ length: 1_000 }, (_, index) => message('user', String(index)));
    let counts = 0;
    const fitted = fitMessages(messages, 7, (kept) => {
      counts++;
      return kept.length;
    });
    expect(fitted).toEqual(messages.slice(-7));
    expect(counts).toBeLessThan(15);
  });

  it('loses results together with their calls', () => {
    const messages = [asked('a'), message('tool', '1'), message('tool', '2'), message('user', 'last')];
    expect(fitMessages(messages, 3, (kept) => kept.length)).toEqual([message('user', 'last')]);
  });
});
