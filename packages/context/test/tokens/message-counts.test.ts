import { describe, expect, it } from 'vitest';
import type { CountTokens } from '../../src/types.js';
import { modelOf, openWindows, quarterCounter } from '../support/open-windows.js';

const exact = modelOf(4_096, { countsExactly: true, digest: 'sha-1' });

const counterThatNotes = () => {
  const asked: string[] = [];
  const counter = {
    ...quarterCounter,
    count: (texts: readonly string[], options?: { readonly signal?: AbortSignal | undefined }) => {
      asked.push(...texts);
      return quarterCounter.count(texts, options);
    },
  };
  return { counter, asked };
};

describe('a count of a message', () => {
  it('is made once and kept for all models', async () => {
    const { counter, asked } = counterThatNotes();
    await using opened = await openWindows({ counter });
    const rows = [await opened.append('user', 'hello there'), await opened.append('assistant', 'hi')];
    const first = await opened.counts.of(rows, modelOf(4_096));
    const second = await opened.counts.of(rows, modelOf(8_192, { model: 'other' }));
    expect([...first.values()]).toEqual([
      { tokens: 3, isExact: false },
      { tokens: 1, isExact: false },
    ]);
    expect(second).toEqual(first);
    expect(asked).toEqual(['hello there', 'hi']);
  });

  it('holds calls of tools as JSON', async () => {
    await using opened = await openWindows();
    const row = await opened.append('assistant', '', {
      parts: { toolCalls: [{ id: 'c1', name: 'read', arguments: {} }] },
    });
    const counts = await opened.counts.of([row], modelOf(4_096));
    expect(counts.get(row.num)!.tokens).toBe(Math.ceil('[{"id":"c1","name":"read","arguments":{}}]'.length / 4));
  });

  it('by the server is exact, kept by digest, and asked for once', async () => {
    const asked: string[] = [];
    const countTokens: CountTokens = async ({ messages }) => {
      asked.push(messages[0]!.content);
      return 42;
    };
    await using opened = await openWindows({ countTokens });
    const rows = [await opened.append('user', 'hello')];
    expect([...(await opened.counts.of(rows, exact)).values()]).toEqual([{ tokens: 42, isExact: true }]);
    expect([...(await opened.counts.of(rows, exact)).values()]).toEqual([{ tokens: 42, isExact: true }]);
    expect([...(await opened.counts.of(rows, { ...exact, digest: 'sha-2' })).values()]).toEqual([
      { tokens: 42, isExact: true },
    ]);
    expect(asked).toEqual(['hello', 'hello']);
    expect((await opened.counts.of(rows, modelOf(4_096))).get(rows[0]!.num)!.isExact).toBe(false);
  });

  it('that the server does not give in time is estimated', async () => {
    const never: CountTokens = (_, { signal }) =>
      new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
    await using opened = await openWindows({ countTokens: never });
    const rows = [await opened.append('user', 'hello'), await opened.append('user', 'world')];
    const counting = opened.counts.of(rows, exact);
    for (let turn = 0; turn < 100; turn++) await opened.clock.advance(10);
    expect([...(await counting).values()]).toEqual([
      { tokens: 2, isExact: false },
      { tokens: 2, isExact: false },
    ]);
  });

  it.each([
    ['says that it cannot', async () => null],
    ['fails', async () => Promise.reject(new Error('no server'))],
  ])('by a server that %s is estimated', async (_, countTokens) => {
    await using opened = await openWindows({ countTokens });
    const rows = [await opened.append('user', 'hello')];
    expect([...(await opened.counts.of(rows, exact)).values()]).toEqual([{ tokens: 2, isExact: false }]);
  });

  it('of a message that is still written is not kept', async () => {
    const { counter, asked } = counterThatNotes();
    await using opened = await openWindows({ counter });
    const row = await opened.append('assistant', 'hello', { status: 'open' });
    await opened.counts.of([row], modelOf(4_096));
    await opened.counts.of([row], modelOf(4_096));
    expect(asked).toEqual(['hello', 'hello']);
  });

  it('stops with its signal', async () => {
    await using opened = await openWindows({ countTokens: async () => 1 });
    const row = await opened.append('user', 'hello');
    await expect(opened.counts.of([row], exact, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
