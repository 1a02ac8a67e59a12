import { expect, it } from 'vitest';
import { modelOf, openWindows } from '../support/open-windows.js';

const text = (tokens: number, mark: string) =>
  `${mark} `.repeat(Math.ceil((tokens * 4) / (mark.length + 1))).slice(0, tokens * 4);

it('an explanation names what is in, what is out and why, and stores nothing', async () => {
  await using opened = await openWindows({ models: [modelOf(2_048)] });
  await opened.append('system', 'Be brief.');
  await opened.remember('Always answer in English.');
  await opened.remember('Likes tea.', { kind: 'preference' });
  const long = await opened.remember(text(190, 'long'), { kind: 'fact' });
  for (let turn = 0; turn < 12; turn++) {
    await opened.append('user', text(80, `u${turn}`));
    await opened.fit();
    await opened.append('assistant', text(120, `a${turn}`));
  }
  await opened.append('user', 'Now?');
  const explained = await opened.windows.explain(opened.conversationId, 'small');
  const { lines, left } = explained;
  const counts = (what: string, place: string) =>
    lines.filter((line) => line.what === what && line.place === place).length;
  expect(lines[0]).toMatchObject({ what: 'system', id: 'm0001', seq: 1, place: 'in', why: 'always' });
  expect(lines.filter(({ what }) => what === 'pin').map(({ place, why }) => [place, why])).toEqual([
    ['in', 'always'],
    ['in', 'pinned'],
    ['out', 'no-room'],
  ]);
  expect(lines.find(({ why }) => why === 'no-room')?.id).toBe(long.id);
  expect(counts('summary', 'in')).toBeGreaterThan(0);
  expect(counts('message', 'out')).toBe(left.messages);
  expect(counts('message', 'in') + left.messages).toBe(25);
  expect(lines.at(-1)).toMatchObject({ place: 'out', why: 'evicted' });
  expect(lines.filter(({ why }) => why === 'current-turn').map(({ what }) => what)).toContain('message');
  expect(explained.tokens.total).toBeLessThanOrEqual(explained.budgetTokens);
  expect(explained.windowTokens).toBe(2_048);
  const fit = await opened.fit();
  expect({ epoch: fit.epoch, total: fit.tokens.total }).toEqual({
    epoch: explained.epoch,
    total: explained.tokens.total,
  });
  await expect(opened.windows.explain('none', 'small')).rejects.toMatchObject({ code: 'not-found' });
});

it('an explanation shows what is shortened, and a summary whose part is covered', async () => {
  await using opened = await openWindows({ models: [modelOf(2_048)] });
  await opened.append('user', 'Read.');
  await opened.append('assistant', '', { parts: { toolCalls: [{ id: 'c1', name: 'read', arguments: {} }] } });
  await opened.append('tool', text(3_000, 'result'), { toolCallId: 'c1' });
  const { lines } = await opened.windows.explain(opened.conversationId, 'small');
  expect(lines.filter(({ place }) => place === 'shortened')).toMatchObject([{ what: 'message', id: 'm0003' }]);
  expect(lines.find(({ place }) => place === 'shortened')!.tokens).toBeLessThan(30);
});

it('an explanation names blocks of earlier turns, and summaries that something in the window stands for', async () => {
  await using opened = await openWindows({ models: [modelOf(2_048)] });
  for (let turn = 0; turn < 12; turn++) {
    await opened.append('user', text(80, `u${turn}`));
    await opened.fit();
    await opened.append('assistant', text(120, `a${turn}`));
  }
  const [shown] = await opened.summaries.of(opened.conversationId);
  await opened.store.write((queries) =>
    queries.summaries.insert({
      id: 'above',
      conversationId: opened.conversationId,
      level: 1,
      fromSeq: shown!.fromSeq,
      toSeq: shown!.toSeq,
      kind: 'model',
      text: 'All of it.',
      tokens: 3,
      model: 'small',
      promptVersion: 'test',
      sourceSha256: '',
      state: 'active',
      createdAtMs: opened.clock.now(),
    }),
  );
  await opened.append('user', 'Now?');
  const { lines } = await opened.windows.explain(opened.conversationId, 'small');
  expect(lines.find(({ id }) => id === 'above')).toMatchObject({
    what: 'summary',
    place: 'out',
    why: 'covered',
    seq: 1,
  });
  expect(lines.filter(({ what }) => what === 'block').length).toBeGreaterThan(0);
});
