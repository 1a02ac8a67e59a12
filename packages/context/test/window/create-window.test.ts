import { seededRandom } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { Hit } from '../../src/recall/types.js';
import type { ModelMessage } from '../../src/types.js';
import { createWindow } from '../../src/window/create-window.js';
import { emptyRecall, modelOf, openWindows } from '../support/open-windows.js';

const text = (tokens: number, mark = 'word') =>
  `${mark} `.repeat(Math.ceil((tokens * 4) / (mark.length + 1))).slice(0, tokens * 4);

const hit = (id: string, excerpt: string, relevance = 0.5): Hit => ({
  kind: 'message',
  id,
  sources: [id],
  conversationId: 'other',
  seq: 1,
  toSeq: 1,
  role: 'user',
  atMs: Date.UTC(2026, 9, 2, 12),
  excerpt,
  tokens: 20,
  relevance,
  parts: { lexical: 1, role: 1, neighbour: 0, vector: null },
  matched: [],
});

const recallOf = (...hits: readonly Hit[]) => {
  const asked: object[] = [];
  const recall = Object.assign(
    async (query: object) => {
      asked.push(query);
      return { ...emptyRecall, hits, reason: hits.length > 0 ? null : ('nothing-found' as const) };
    },
    { forPlan: async () => Promise.reject(new Error('unused')) },
  );
  return { recall, asked };
};

const startsWith = (longer: readonly ModelMessage[], shorter: readonly ModelMessage[]) =>
  expect(longer.slice(0, shorter.length)).toEqual(shorter);

describe('a turn', () => {
  it('is the system prompt, the messages and the date before the text of the user', async () => {
    await using opened = await openWindows();
    await opened.append('system', 'Be brief.');
    await opened.append('user', 'Hello.');
    const { messages, epoch, firstSeq, tokens, reasons } = await opened.fit();
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: '<context>\nToday is Monday, 2026-11-30.\n</context>\n\nHello.' },
    ]);
    expect({ epoch, firstSeq, reasons }).toEqual({ epoch: 1, firstSeq: 2, reasons: ['epoch:first'] });
    expect(tokens.total + tokens.margin + tokens.reserve).toBeLessThanOrEqual(4_096);
  });

  it('goes on with the same bytes and adds the date only on another day', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Hello.');
    const first = await opened.fit();
    await opened.append('assistant', 'Hi.');
    await opened.append('user', 'How are you?');
    const second = await opened.fit();
    expect(second.messages.at(-1)!.content).toBe('How are you?');
    expect(second.epoch).toBe(1);
    startsWith(second.messages, first.messages);
    await opened.append('assistant', 'Well.');
    await opened.clock.advance(86_400_000);
    await opened.append('user', 'And today?');
    const third = await opened.fit();
    expect(third.messages.at(-1)!.content).toContain('Today is Tuesday, 2026-12-01.');
    startsWith(third.messages, second.messages);
  });

  it('shows what was written although the answer was stopped, and nothing of what is still being written', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Go on.');
    await opened.append('assistant', 'Half an ans', { status: 'aborted' });
    await opened.append('assistant', 'more', { status: 'open' });
    await opened.append('assistant', '');
    await opened.append('user', 'And?');
    const { messages } = await opened.fit();
    expect(messages.map(({ content }) => content)).toEqual(['Go on.', 'Half an ans', expect.stringContaining('And?')]);
  });

  it('never sends what a model thought', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Think.');
    await opened.append('assistant', 'Done.', { parts: { thinking: 'a secret chain' } });
    await opened.append('user', 'And?');
    expect(JSON.stringify((await opened.fit()).messages)).not.toContain('secret chain');
  });

  it('counts the schemas of tools and what attachments take', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Look.', {
      parts: { attachments: [{ kind: 'image', reference: 'a.png', tokens: 700 }] },
    });
    const { tokens } = await opened.fit({ tools: [{ name: 'read' }, {}] });
    expect(tokens.tools).toBe(Math.ceil('{"name":"read"}'.length / 4) + 1);
    expect(tokens.current).toBeGreaterThanOrEqual(700);
  });

  it('of an empty conversation is empty', async () => {
    await using opened = await openWindows();
    const { messages, firstSeq } = await opened.fit();
    expect({ messages, firstSeq }).toEqual({ messages: [], firstSeq: 1 });
  });

  it('of an unknown conversation or model is an error with its id', async () => {
    await using opened = await openWindows();
    await expect(opened.fit({ conversationId: 'none' })).rejects.toMatchObject({ code: 'not-found', id: 'none' });
    await expect(opened.fit({ model: 'none' })).rejects.toMatchObject({ code: 'not-found', id: 'none' });
  });

  it('stops when its signal does', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Hello.');
    await expect(opened.fit({}, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect((await opened.fit()).epoch).toBe(1);
  });
});

describe('an eviction', () => {
  const long = async (opened: Awaited<ReturnType<typeof openWindows>>, turns: number) => {
    const fits = [];
    for (let turn = 0; turn < turns; turn++) {
      await opened.append('user', text(120, `question${turn}`));
      fits.push(await opened.fit());
      await opened.append('assistant', text(280, `answer${turn}`));
    }
    return fits;
  };

  it('goes down to half of the window, says what left, and inside an epoch nothing changes', async () => {
    await using opened = await openWindows();
    const fits = await long(opened, 40);
    let evictions = 0;
    for (const [index, fit] of fits.entries()) {
      expect(fit.tokens.total + fit.tokens.margin + fit.tokens.reserve).toBeLessThanOrEqual(4_096);
      const before = fits[index - 1];
      if (!before) continue;
      if (fit.epoch === before.epoch) startsWith(fit.messages, before.messages);
      else {
        evictions++;
        expect(fit.firstSeq).toBeGreaterThan(before.firstSeq);
        expect(fit.tokens.history + fit.tokens.current).toBeLessThan(1_700);
        expect(fit.reasons).toEqual(
          expect.arrayContaining(['epoch:over-budget', expect.stringMatching(/^evicted:\d+$/)]),
        );
      }
      const shown = fit.messages.filter(({ role }) => role !== 'system').length;
      expect(fit.left.messages + shown).toBe(2 * index + 1);
      expect(fit.left.units).toBe(fit.left.messages / 2);
    }
    expect(evictions).toBeGreaterThanOrEqual(5);
    expect(opened.seen.filter(({ name }) => name === 'window-evict')).toHaveLength(evictions);
  });

  it('shows an extract of what left at once', async () => {
    await using opened = await openWindows();
    const fits = await long(opened, 20);
    const system = fits.at(-1)!.messages[0]!;
    expect(system.role).toBe('system');
    const covered = [...system.content.matchAll(/<summary messages="(\d+)-(\d+)">/g)];
    expect(Number(covered.at(-1)?.[2])).toBe(fits.at(-1)!.firstSeq - 1);
    expect(system.content).toContain('User: question');
    const summaries = await opened.summaries.of(opened.conversationId);
    expect(summaries.length).toBeGreaterThan(0);
    expect(summaries[0]).toMatchObject({ fromSeq: 1, kind: 'extract', level: 0 });
    for (const [index, summary] of summaries.entries()) {
      if (index > 0) expect(summary.fromSeq).toBe(summaries[index - 1]!.toSeq + 1);
    }
  });

  it('of a private conversation leaves no summary', async () => {
    await using opened = await openWindows({ isPrivate: true });
    const fits = await long(opened, 20);
    expect(fits.at(-1)!.firstSeq).toBeGreaterThan(1);
    expect(await opened.summaries.of(opened.conversationId)).toEqual([]);
  });

  it('before a crash is the same after it', async () => {
    await using opened = await openWindows();
    await long(opened, 12);
    await opened.append('user', text(120, 'again'));
    const before = await opened.fit();
    const after = await createWindow(opened.parts).fit({ conversationId: opened.conversationId, model: 'small' });
    expect(after.messages).toEqual(before.messages);
    expect({ epoch: after.epoch, firstSeq: after.firstSeq }).toEqual({
      epoch: before.epoch,
      firstSeq: before.firstSeq,
    });
  });

  it('of one model leaves the window of another alone', async () => {
    await using opened = await openWindows({
      models: [modelOf(4_096), modelOf(32_768, { model: 'large', role: 'planning' })],
    });
    await long(opened, 20);
    const large = await opened.fit({ model: 'large' });
    expect(large.firstSeq).toBe(1);
    expect(large.left).toEqual({ units: 0, messages: 0, tokens: 0 });
    const small = await opened.fit();
    expect(small.firstSeq).toBeGreaterThan(1);
  });

  it('that a caller forbids is an error', async () => {
    await using opened = await openWindows();
    for (let turn = 0; turn < 10; turn++) await opened.append('user', text(600));
    await expect(opened.fit({ auto: false })).rejects.toMatchObject({ code: 'window-too-small', windowTokens: 4_096 });
    expect((await opened.fit()).firstSeq).toBeGreaterThan(1);
  });

  it('of a conversation that was never fitted reads only what a window can hold, and knows how much is out', async () => {
    await using opened = await openWindows({ models: [modelOf(2_048)] });
    for (let turn = 0; turn < 150; turn++) {
      await opened.append('user', text(60, `u${turn}`));
      await opened.append('assistant', text(60, `a${turn}`));
    }
    await opened.append('user', 'Now?');
    const fit = await opened.fit();
    const shown = fit.messages.filter(({ role }) => role !== 'system').length;
    expect(fit.left.messages + shown).toBe(301);
    expect(fit.left.tokens).toBeGreaterThan(16_000);
    expect(fit.left.tokens).toBeLessThan(20_000);
  });

  it('after many messages without a fit begins behind all that cannot be shown', async () => {
    await using opened = await openWindows({ models: [modelOf(2_048)] });
    await opened.append('user', 'Begin.');
    await opened.fit();
    for (let turn = 0; turn < 200; turn++) {
      await opened.append('assistant', text(60, `a${turn}`));
      await opened.append('user', text(60, `u${turn}`));
    }
    const fit = await opened.fit();
    const shown = fit.messages.filter(({ role }) => role !== 'system').length;
    expect(fit.left.messages + shown).toBe(401);
    expect(fit.tokens.total + fit.tokens.margin + fit.tokens.reserve).toBeLessThanOrEqual(2_048);
  });
});

describe('shortening', () => {
  it('a text of 348,853 characters leaves both ends, and the next turn keeps the same bytes', async () => {
    await using opened = await openWindows({ models: [modelOf(8_192)] });
    await opened.append('user', 'x'.repeat(100).concat(' ', text(87_188, 'long')));
    const first = await opened.fit();
    const shown = first.messages.at(-1)!.content;
    expect(shown).toMatch(/\[… [\d,]+ tokens, message m0001\]/);
    expect(first.shortened).toMatchObject([{ what: 'current-text', ids: ['m0001'] }]);
    expect(opened.seen.some(({ name }) => name === 'window-shorten')).toBe(true);
    await opened.append('assistant', 'A long text.');
    await opened.append('user', 'What does it say?');
    const second = await opened.fit();
    if (second.epoch === first.epoch) startsWith(second.messages, first.messages);
    expect(second.tokens.total + second.tokens.margin + second.tokens.reserve).toBeLessThanOrEqual(8_192);
  });

  it('keeps results of tools with their calls, and marks them', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Read all.');
    let last: Awaited<ReturnType<typeof opened.fit>> | null = null;
    for (let step = 0; step < 12; step++) {
      await opened.append('assistant', '', {
        parts: { toolCalls: [{ id: `c${step}`, name: 'read_file', arguments: { step } }] },
      });
      await opened.append('tool', text(500, `r${step}`), { toolCallId: `c${step}` });
      const fit = await opened.fit();
      if (last && last.epoch === fit.epoch) startsWith(fit.messages, last.messages);
      last = fit;
    }
    const results = last!.messages.filter(({ role }) => role === 'tool');
    expect(results.at(-1)!.content).toContain('r11');
    expect(results[0]!.content).toMatch(/^\[result of read_file, 500 tokens, message m0003\]$/);
    expect(results).toHaveLength(12);
  });

  it('a system prompt that leaves no room is an error before any call, with the sizes', async () => {
    await using opened = await openWindows({ models: [modelOf(512)] });
    await opened.append('system', text(600));
    await opened.append('user', 'Hello.');
    const error = await opened.fit().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'window-too-small', retryable: false, windowTokens: 512 });
    expect((error as { parts: { system: number } }).parts.system).toBeGreaterThanOrEqual(600);
  });

  it('works in a window of 512 tokens', async () => {
    await using opened = await openWindows({ models: [modelOf(512)] });
    await opened.append('system', 'Be brief.');
    for (let turn = 0; turn < 20; turn++) {
      await opened.append('user', text(40, `u${turn}`));
      const { tokens } = await opened.fit();
      expect(tokens.total + tokens.margin + tokens.reserve).toBeLessThanOrEqual(512);
      await opened.append('assistant', text(70, `a${turn}`));
    }
  });

  it('leaves a result without its call out and says so', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Go.');
    await opened.append('tool', 'lost', { toolCallId: 'nowhere' });
    const { messages, reasons } = await opened.fit();
    expect(messages.some(({ role }) => role === 'tool')).toBe(false);
    expect(reasons).toContain('result-without-call:m0002');
  });
});

describe('a preview', () => {
  it('shows what would be sent and stores nothing', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Hello.');
    await opened.fit();
    await opened.append('assistant', 'Hi.');
    const preview = await opened.fit({ current: text(4_000, 'paste') });
    expect(preview.fitId).toBeNull();
    expect(preview.messages.at(-1)!.content).toContain('message current]');
    await opened.append('user', 'Next.');
    const { epoch, messages } = await opened.fit();
    expect(epoch).toBe(1);
    expect(messages).toHaveLength(3);
  });
});

describe('random conversations', () => {
  it('in the store keep what the pure rules promise, for two models at once', async () => {
    const random = seededRandom(7);
    await using opened = await openWindows({
      models: [modelOf(2_048), modelOf(6_000, { model: 'large' })],
      recall: recallOf(hit('other-1', text(60, 'found'))).recall,
    });
    await opened.append('system', text(60, 'system'));
    const last = new Map<string, { epoch: number; messages: readonly ModelMessage[] }>();
    for (let turn = 0; turn < 60; turn++) {
      if (random() < 0.1) await opened.remember(text(10 + random() * 30, `pin${turn}`));
      await opened.append('user', text(1 + random() ** 4 * 4_000, `u${turn}`));
      for (const model of random() < 0.5 ? ['small', 'large'] : ['small']) {
        const fit = await opened.fit({ model });
        const window = model === 'small' ? 2_048 : 6_000;
        expect(fit.tokens.total + fit.tokens.margin + fit.tokens.reserve).toBeLessThanOrEqual(window);
        const before = last.get(model);
        if (before?.epoch === fit.epoch) startsWith(fit.messages, before.messages);
        last.set(model, fit);
      }
      await opened.append('assistant', text(1 + random() * 300, `a${turn}`));
    }
    expect(last.get('small')!.epoch).toBeGreaterThan(4);
  });
});
