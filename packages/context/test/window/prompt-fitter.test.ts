import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/context.js';
import type { CountTokens } from '../../src/types.js';
import { digitTokens, judgePrompt, type SentPrompt } from '../../src/window/judge-prompt.js';
import { noMargin } from '../../src/window/margin.js';
import { openDatabase } from '../support/open-database.js';
import { modelOf, openWindows } from '../support/open-windows.js';
import { sentFit } from '../support/sent-fit.js';
import { textOf } from './simulation.js';

const model = modelOf(4_096);
const data = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    label: 'fact' as const,
    id: `f${index}`,
    text: textOf(40, `d${index}`),
    atMs: 0,
    relevance: null,
    tokens: 50,
  }));

describe('a prompt of its own', () => {
  it('has the layout of a conversation: system prompt, data, text', async () => {
    await using opened = await openWindows();
    const fit = await opened.windows.fitPrompt({ model, system: 'Be brief.', current: 'hello', data: data(1) });
    expect(fit.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(fit.messages[1]!.content).toMatch(
      /^<history-data> [^\n]+\n\[fact f0 1970-01-01\] [^\n]+\n<\/history-data>\n\nhello$/,
    );
    expect(fit.data).toEqual({ ids: ['f0'], left: [] });
    expect(fit.tokens).toMatchObject({ exact: false, pins: 0, summary: 0, history: 0 });
    expect(fit.tokens.total).toBe(fit.tokens.system + fit.tokens.recall + fit.tokens.current);
  });

  it('that is short in any tokenizer is not counted, and one that may not be is', async () => {
    let counted = 0;
    const counter = {
      count: async (texts: readonly string[]) => {
        counted++;
        return texts.map((text) => Math.ceil(text.length / 4));
      },
      ends: async () => ({ headCharacters: 0, tailCharacters: 0, tokens: 0 }),
      close: async () => {},
    };
    await using opened = await openWindows({ counter });
    await opened.windows.fitPrompt({ model, current: 'internationalisation '.repeat(200) });
    await opened.windows.fitPrompt({ model, current: '7'.repeat(1_000) });
    expect(counted).toBe(0);
    await opened.windows.fitPrompt({ model, current: '7'.repeat(2_100) });
    expect(counted).toBeGreaterThan(0);
  });

  it('is counted by the server where it can: more fits, and the count is told', async () => {
    const asked: number[] = [];
    const countTokens: CountTokens = async ({ messages }) => {
      const tokens = messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4) + 5, 3);
      asked.push(tokens);
      return tokens;
    };
    const exactly = modelOf(4_096, { countsExactly: true });
    await using opened = await openWindows({ countTokens });
    const current = textOf(3_500);
    const estimated = await opened.windows.fitPrompt({ model, current, keepsCurrent: true });
    expect(estimated.tokens).toMatchObject({ exact: false, reserve: 64 });
    const fit = await opened.windows.fitPrompt({ model: exactly, current, keepsCurrent: true, data: data(1) });
    expect(fit.tokens).toMatchObject({ exact: true, total: asked.at(-1), margin: 16, reserve: 512 });
    expect(fit.tokens.total + fit.tokens.reserve).toBeLessThanOrEqual(4_096);
  });

  it.each([
    [4_032, null],
    [4_033, { code: 'window-too-small', needTokens: 4_033, windowTokens: 4_096 }],
  ])('that the server counts with %d tokens is whole or refused, and nobody guesses', async (tokens, error) => {
    const exactly = modelOf(4_096, { countsExactly: true });
    await using opened = await openWindows({ countTokens: async () => tokens });
    const fitted = opened.windows.fitPrompt({ model: exactly, current: textOf(3_000), keepsCurrent: true });
    const outcome = await fitted.then(
      () => null,
      ({ code, needTokens, windowTokens }) => ({ code, needTokens, windowTokens }),
    );
    expect(outcome).toEqual(error);
  });

  it('is made smaller until the server counts no more than there is', async () => {
    const countTokens: CountTokens = async ({ messages }) =>
      messages.reduce(
        (sum, { content }) => sum + Math.ceil((content.length / 4) * (content.includes('<h') ? 1.4 : 1)),
        0,
      );
    const exactly = modelOf(4_096, { countsExactly: true });
    await using opened = await openWindows({ countTokens });
    const fit = await opened.windows.fitPrompt({ model: exactly, current: textOf(2_400), data: data(20) });
    expect(fit.tokens.total + fit.tokens.reserve).toBeLessThanOrEqual(4_096);
    expect(fit.data.left.length).toBeGreaterThan(0);
  });

  it('goes on with an estimate where the count of the server fails', async () => {
    const exactly = modelOf(4_096, { countsExactly: true });
    await using opened = await openWindows({ countTokens: () => Promise.reject(new Error('down')) });
    const fit = await opened.windows.fitPrompt({ model: exactly, current: textOf(1_000) });
    expect(fit.tokens.exact).toBe(false);
  });

  it('teaches the margin, and a refusal makes the next one smaller', async () => {
    await using opened = await openWindows();
    const options = { model, current: textOf(2_000), data: data(20) };
    const first = await opened.windows.fitPrompt(options);
    const refusal = { fitId: first.fitId, promptTokens: null, error: 'context-too-long' };
    expect(await opened.windows.observe(refusal)).toEqual({ kind: 'too-long', isRefitWorthwhile: true });
    const second = await opened.windows.fitPrompt({ ...options, after: first.fitId });
    expect(second.tokens.total).toBeLessThanOrEqual(first.tokens.total * 0.85);
    const over = { fitId: second.fitId, promptTokens: Math.ceil(second.tokens.total * 1.3) };
    expect(await opened.windows.observe(over)).toEqual({ kind: 'over', isRefitWorthwhile: false });
    const third = await opened.windows.fitPrompt(options);
    expect(third.tokens.margin / third.tokens.total).toBeGreaterThan(0.29);
    expect(await opened.windows.observe({ fitId: first.fitId, promptTokens: 1 })).toMatchObject({ kind: 'unknown' });
  });

  it('is refused twice at most, and never again where nothing is left to go', async () => {
    await using opened = await openWindows();
    const options = { model, current: textOf(2_000), data: data(20) };
    let after: string | undefined;
    const worthwhile: boolean[] = [];
    for (let round = 0; round < 3; round++) {
      const { fitId }: { fitId: string } = await opened.windows.fitPrompt({
        ...options,
        ...(after !== undefined && { after }),
      });
      const { isRefitWorthwhile } = await opened.windows.observe({
        fitId,
        promptTokens: null,
        error: 'context-too-long',
      });
      worthwhile.push(isRefitWorthwhile);
      after = fitId;
    }
    expect(worthwhile).toEqual([true, true, false]);
    const whole = await opened.windows.fitPrompt({ model, current: textOf(2_000), keepsCurrent: true });
    const last = await opened.windows.observe({ fitId: whole.fitId, promptTokens: null, error: 'context-too-long' });
    expect(last).toEqual({ kind: 'too-long', isRefitWorthwhile: false });
  });

  it('that was cut without a word is told, and tried with less', async () => {
    await using opened = await openWindows();
    const options = { model, current: textOf(2_000), data: data(10) };
    const { fitId, tokens } = await opened.windows.fitPrompt(options);
    expect(await opened.windows.observe({ fitId, promptTokens: 1_950 })).toEqual({
      kind: 'truncated',
      isRefitWorthwhile: true,
    });
    const facts = { conversationId: null, model: 'small', promptTokens: 1_950, sentTokens: tokens.total };
    expect(opened.seen).toEqual([{ name: 'window-truncated', event: facts }]);
    const less = await opened.windows.fitPrompt({ ...options, keepsCurrent: true, after: fitId });
    expect(less.data.ids).toEqual([]);
  });

  it('is not made for a caller that has left', async () => {
    await using opened = await openWindows();
    const gone = opened.windows.fitPrompt({ model, current: textOf(2_000) }, { signal: AbortSignal.abort('left') });
    await expect(gone).rejects.toBe('left');
  });
});

describe('a call', () => {
  const sent = (rest: Partial<SentPrompt> = {}): SentPrompt => ({
    fit: { ...sentFit, conversationId: '', stableTokens: 0 },
    isCounted: true,
    leastTokens: 5_000,
    retries: 0,
    ...rest,
  });
  const thrifty = { errors: Array.from({ length: 5 }, () => -0.3), shortErrors: [] };

  it.each([
    ['far below what was sent', sent(), noMargin, 3_900, 'truncated'],
    ['far below, of digits that a tokenizer joins', sent({ leastTokens: 3_000 }), noMargin, 3_000, 'ok'],
    ['far below even that', sent({ leastTokens: 3_000 }), noMargin, 2_300, 'truncated'],
    ['far below, by a tokenizer that always is', sent(), thrifty, 3_500, 'ok'],
    ['far below even that tokenizer', sent(), thrifty, 2_700, 'truncated'],
    ['far below a prompt that nobody counted', sent({ isCounted: false }), noMargin, 100, 'ok'],
    ['as expected', sent(), noMargin, 5_100, 'ok'],
  ] as const)('%s', (_, prompt, learned, promptTokens, kind) => {
    const verdict = judgePrompt(prompt, learned, { promptTokens });
    expect(verdict.kind).toBe(kind);
    expect(verdict.retryBudget === null).toBe(kind === 'ok');
    expect(verdict.sample === null).toBe(kind === 'truncated' || !prompt.isCounted);
  });

  it('that the server says it cut is cut, whatever was expected', () => {
    const said = { promptTokens: 5_000, truncated: true };
    expect(judgePrompt(sent(), thrifty, said).kind).toBe('truncated');
    expect(judgePrompt(sent({ isCounted: false }), noMargin, said).kind).toBe('truncated');
  });

  it.each([
    ['', 0],
    ['a1b2', 0],
    ['12', 1],
    ['123456 and 7890', 6],
  ])('counts the digits of %j that others join', (text, tokens) => {
    expect(digitTokens(text)).toBe(tokens);
  });
});

it('what calls taught is kept when the context closes, and known to the next one', async () => {
  await using database = await openDatabase();
  const long = { model, current: textOf(2_000) };
  const context = createContext({ kysely: database.kysely });
  for (let call = 0; call < 33; call++) {
    const { fitId, tokens } = await context.window.fitPrompt(long);
    await context.window.observe({ fitId, promptTokens: Math.round(tokens.total * 1.3) });
  }
  await context.close();
  await using next = createContext({ kysely: database.kysely });
  const { tokens } = await next.window.fitPrompt(long);
  expect(tokens.margin / tokens.total).toBeCloseTo(0.3, 1);
});
