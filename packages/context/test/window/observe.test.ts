import { describe, expect, it } from 'vitest';
import type { CountTokens } from '../../src/types.js';
import { createWindow } from '../../src/window/create-window.js';
import { judgeCall } from '../../src/window/observe.js';
import { modelOf, openWindows } from '../support/open-windows.js';
import { sentFit as sent } from '../support/sent-fit.js';

const text = (tokens: number, mark = 'word') =>
  `${mark} `.repeat(Math.ceil((tokens * 4) / (mark.length + 1))).slice(0, tokens * 4);

describe('a call', () => {
  it.each([
    ['as expected', {}, { promptTokens: 5_100 }, 'ok', { estimate: 4_990, real: 5_100 }],
    ['above its margin', {}, { promptTokens: 5_600 }, 'over', { estimate: 4_990, real: 5_600 }],
    ['far below a large estimate', {}, { promptTokens: 3_900 }, 'truncated', null],
    ['a fifth below a large estimate', {}, { promptTokens: 4_000 }, 'ok', { estimate: 4_990, real: 4_000 }],
    ['far below a small estimate', { totalTokens: 2_000 }, { promptTokens: 900 }, 'ok', { estimate: 1_990, real: 900 }],
    ['that the server says it cut', {}, { promptTokens: 5_000, truncated: true }, 'truncated', null],
    ['that does not count', {}, { promptTokens: null }, 'ok', null],
    ['that counts nothing', {}, { promptTokens: 0 }, 'ok', null],
    ['that was counted before', { isExact: true }, { promptTokens: 5_000 }, 'ok', null],
    ['with another error', {}, { promptTokens: null, error: 'server-down' }, 'ok', null],
  ] as const)('%s', (_, fit, observation, kind, sample) => {
    expect(judgeCall({ ...sent, ...fit }, observation)).toMatchObject({ kind, sample, retryBudget: null });
  });

  it.each([
    [{}, 4_250],
    [{ totalTokens: 6_600 }, 5_525],
  ])('that was refused is tried again with less: %j', (fit, retryBudget) => {
    const observation = { promptTokens: null, error: 'context-too-long' };
    expect(judgeCall({ ...sent, ...fit }, observation)).toMatchObject({ kind: 'too-long', retryBudget });
  });

  it.each([
    [undefined, false],
    [null, false],
    [3_900, false],
    [2_000, false],
    [1_999, true],
    [0, true],
  ])('with %j tokens of 4,000 cached has lost the cache: %j', (cachedTokens, hasLostCache) => {
    expect(judgeCall(sent, { promptTokens: 5_000, cachedTokens }).hasLostCache).toBe(hasLostCache);
    expect(judgeCall({ ...sent, stableTokens: 200 }, { promptTokens: 5_000, cachedTokens }).hasLostCache).toBe(false);
  });
});

/** A server whose tokenizer takes `factor` times our estimate; refuses above its window, or cuts without a word. */
const server =
  (factor: number, contextTokens: number) => (messages: readonly { readonly content: string }[], reserve: number) => {
    const real = Math.ceil(messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4) + 5, 3) * factor);
    return { real, isRefused: real + reserve > contextTokens };
  };

describe('a server', () => {
  it.each([0.7, 0.9, 1, 1.1, 1.3])(
    'whose tokens are %d of the estimate never gets a prompt that it refuses, after at most two tries',
    async (factor) => {
      await using opened = await openWindows();
      const call = server(factor, 4_096);
      let refused = 0;
      let last = 0;
      for (let turn = 0; turn < 60; turn++) {
        await opened.append('user', text(150, `u${turn}`));
        for (let tries = 0; ; tries++) {
          const fit = await opened.fit();
          const { real, isRefused } = call(fit.messages, fit.tokens.reserve);
          const error = isRefused ? 'context-too-long' : null;
          const { isRefitWorthwhile } = await opened.windows.observe({
            fitId: fit.fitId!,
            promptTokens: isRefused ? null : real,
            error,
          });
          if (!isRefused) break;
          refused++;
          last = turn;
          expect(isRefitWorthwhile).toBe(true);
          expect(tries).toBeLessThan(2);
        }
        await opened.append('assistant', text(200, `a${turn}`));
      }
      if (factor <= 1.1) expect(refused).toBe(0);
      expect(last).toBeLessThan(30);
    },
  );

  it('that cuts without a word is noticed', async () => {
    await using opened = await openWindows();
    for (let turn = 0; turn < 6; turn++) await opened.append('user', text(400, `u${turn}`));
    const fit = await opened.fit();
    expect(await opened.windows.observe({ fitId: fit.fitId!, promptTokens: 1_500 })).toEqual({
      kind: 'truncated',
      isRefitWorthwhile: false,
    });
    expect(opened.seen.find(({ name }) => name === 'window-truncated')?.event).toEqual({
      conversationId: opened.conversationId,
      model: 'small',
      promptTokens: 1_500,
      sentTokens: fit.tokens.total,
    });
    expect(await opened.windows.observe({ fitId: fit.fitId!, promptTokens: 1_500 })).toMatchObject({ kind: 'unknown' });
  });

  it('that refuses three times is not asked a fourth time', async () => {
    await using opened = await openWindows();
    for (let turn = 0; turn < 6; turn++) await opened.append('user', text(400, `u${turn}`));
    const answers: boolean[] = [];
    for (let tries = 0; tries < 3; tries++) {
      const fit = await opened.fit();
      const { isRefitWorthwhile } = await opened.windows.observe({
        fitId: fit.fitId!,
        promptTokens: null,
        error: 'context-too-long',
      });
      answers.push(isRefitWorthwhile);
    }
    expect(answers).toEqual([true, true, false]);
  });

  it('that evaluates again what it should have had cached is named once', async () => {
    await using opened = await openWindows();
    for (let turn = 0; turn < 5; turn++) {
      await opened.append('user', text(200, `u${turn}`));
      const fit = await opened.fit();
      await opened.windows.observe({ fitId: fit.fitId!, promptTokens: fit.tokens.total, cachedTokens: 0 });
    }
    expect(opened.warnings.filter((warning) => warning.includes('cached'))).toHaveLength(1);
  });
});

describe('what was learnt', () => {
  it('widens the margin, outlives the process, and ends with another digest', async () => {
    await using opened = await openWindows({
      models: [modelOf(4_096, { digest: 'one' }), modelOf(4_096, { model: 'next', digest: 'two' })],
    });
    await opened.append('user', text(1_000));
    const before = await opened.fit();
    await opened.windows.observe({ fitId: before.fitId!, promptTokens: Math.ceil(before.tokens.total * 1.3) });
    const after = await opened.fit();
    expect(after.tokens.margin).toBeGreaterThan(before.tokens.margin * 2);
    await opened.windows.close();
    const row = await opened.store.read((queries) => queries.learned.get('margin:one'));
    expect(row).toMatchObject({ errors: [expect.closeTo(0.3, 1)] });
    const restarted = createWindow(opened.parts);
    const again = await restarted.fit({ conversationId: opened.conversationId, model: 'small' });
    expect(Math.abs(again.tokens.margin - after.tokens.margin)).toBeLessThanOrEqual(1);
    await opened.store.write((queries) => queries.learned.put('margin:one', 'nonsense', 1));
    const fresh = await createWindow(opened.parts).fit({ conversationId: opened.conversationId, model: 'small' });
    expect(fresh.tokens.margin).toBe(before.tokens.margin);
    const other = await opened.fit({ model: 'next' });
    expect(other.tokens.margin).toBe(Math.ceil(other.tokens.total * 0.1) + 8);
  });

  it('is written in time: at once at first, at the latest when it closes', async () => {
    await using opened = await openWindows();
    await opened.append('user', text(1_000));
    for (let call = 0; call < 35; call++) {
      const { fitId, tokens } = await opened.fit();
      await opened.windows.observe({ fitId: fitId!, promptTokens: tokens.total + 1 });
    }
    const stored = async () =>
      ((await opened.store.read((queries) => queries.learned.get('margin:small'))) as { errors: number[] }).errors
        .length;
    expect(await stored()).toBeLessThan(35);
    await opened.windows.close();
    expect(await stored()).toBe(35);
  });
});

describe('a model that counts exactly', () => {
  const model = modelOf(4_096, { countsExactly: true });
  const counting = (factor: number) => {
    const asked: number[] = [];
    const countTokens: CountTokens = async ({ messages }) => {
      asked.push(messages.length);
      return Math.ceil(messages.reduce((sum, { content }) => sum + content.length / 4 + 5, 0) * factor);
    };
    return { asked, countTokens };
  };

  it('counts the whole prompt where an epoch begins and where it is nearly full', async () => {
    const { asked, countTokens } = counting(1);
    await using opened = await openWindows({ models: [model], countTokens });
    await opened.append('system', 'Be brief.');
    const exact: boolean[] = [];
    for (let turn = 0; turn < 9; turn++) {
      await opened.append('user', text(150, `u${turn}`));
      const { tokens } = await opened.fit();
      exact.push(tokens.exact);
      expect(tokens.margin).toBe(16);
      await opened.append('assistant', text(250, `a${turn}`));
    }
    expect(exact[0]).toBe(true);
    expect(exact.slice(1, 7)).not.toContain(true);
    expect(exact.slice(7)).toContain(true);
    expect(Math.max(...asked)).toBeGreaterThan(1);
  });

  it('makes the prompt shorter by what the count is over', async () => {
    let factor = 1;
    const countTokens: CountTokens = async ({ messages }) =>
      Math.ceil(
        messages.reduce((sum, { content }) => sum + content.length / 4 + 5, 0) * (messages.length > 1 ? factor : 1),
      );
    await using opened = await openWindows({ models: [model], countTokens });
    for (let turn = 0; turn < 8; turn++) {
      await opened.append('user', text(150, `u${turn}`));
      await opened.append('assistant', text(250, `a${turn}`));
    }
    await opened.append('user', 'Now?');
    factor = 1.2;
    const { tokens, firstSeq } = await opened.fit();
    expect(tokens.exact).toBe(true);
    expect(tokens.total + tokens.reserve).toBeLessThanOrEqual(4_096);
    expect(firstSeq).toBeGreaterThan(1);
  });

  it('that counts ever more is an error after three tries', async () => {
    let calls = 0;
    const countTokens: CountTokens = async ({ messages }) =>
      messages.length === 1 && messages[0]!.content.length < 2_000 ? 10 : 3_700 + 40 * ++calls;
    await using opened = await openWindows({ models: [model], countTokens });
    await opened.append('user', text(1_000));
    await opened.append('assistant', 'Yes.');
    await opened.append('user', text(1_000));
    await expect(opened.fit()).rejects.toMatchObject({ code: 'window-too-small' });
    expect(calls).toBeLessThanOrEqual(7);
  });

  it('that does not answer is estimated', async () => {
    await using opened = await openWindows({ models: [model], countTokens: async () => null });
    await opened.append('user', 'Hello.');
    const { tokens } = await opened.fit();
    expect(tokens.exact).toBe(false);
    expect(tokens.margin).toBeGreaterThan(8);
  });
});
