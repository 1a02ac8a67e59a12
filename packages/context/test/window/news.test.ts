import { describe, expect, it } from 'vitest';
import type { ModelMessage } from '../../src/types.js';
import { openWindows } from '../support/open-windows.js';

const text = (tokens: number, mark = 'word') =>
  `${mark} `.repeat(Math.ceil((tokens * 4) / (mark.length + 1))).slice(0, tokens * 4);

const startsWith = (longer: readonly ModelMessage[], shorter: readonly ModelMessage[]) =>
  expect(longer.slice(0, shorter.length)).toEqual(shorter);

describe('news', () => {
  it('of a pin stands in the turn where it happens, once, and moves up with the next epoch', async () => {
    await using opened = await openWindows();
    await opened.remember('Always write British English.');
    await opened.append('user', 'Hello.');
    const first = await opened.fit();
    expect(first.messages[0]!.content).toBe('What the user asked to be kept in mind:\n- Always write British English.');
    await opened.append('assistant', 'Hi.');
    const memory = await opened.remember('Never use tabs.');
    await opened.append('user', 'Next.');
    const second = await opened.fit();
    startsWith(second.messages, first.messages);
    expect(second.messages.at(-1)!.content).toContain('The user asked to keep in mind: Never use tabs.');
    await opened.append('assistant', 'Yes.');
    await opened.store.write((queries) => queries.memories.update(memory.num, { pinned: false }));
    await opened.append('user', 'More.');
    const third = await opened.fit();
    startsWith(third.messages, second.messages);
    expect(third.messages.at(-1)!.content).not.toContain('Never use tabs');
    for (let turn = 0; turn < 12; turn++) await opened.append('user', text(400, `u${turn}`));
    const fourth = await opened.fit();
    expect(fourth.epoch).toBe(2);
    expect(fourth.messages[0]!.content).toContain('Always write British English.');
    expect(fourth.messages[0]!.content).not.toContain('Never use tabs.');
  });

  it('of a pin that holds no longer is said once', async () => {
    await using opened = await openWindows();
    const memory = await opened.remember('Answer in French.');
    await opened.append('user', 'Hello.');
    const first = await opened.fit();
    await opened.append('assistant', 'Bonjour.');
    await opened.store.write((queries) => queries.memories.update(memory.num, { state: 'superseded' }));
    await opened.append('user', 'Next.');
    const second = await opened.fit();
    startsWith(second.messages, first.messages);
    expect(second.messages.at(-1)!.content).toContain('No longer holds: Answer in French.');
    await opened.append('assistant', 'Yes.');
    await opened.append('user', 'More.');
    expect((await opened.fit()).messages.at(-1)!.content).not.toContain('No longer holds');
  });

  it('of a changed persona stands in the turn, and moves up with the next epoch', async () => {
    await using opened = await openWindows();
    await opened.append('system', 'You are Ada.');
    await opened.append('user', 'Hello.');
    const first = await opened.fit();
    await opened.append('system', 'You are Bob.');
    await opened.append('user', 'Who are you?');
    const second = await opened.fit();
    startsWith(second.messages, first.messages);
    expect(second.messages.at(-1)!.content).toContain('replaced by these: You are Bob.');
    for (let turn = 0; turn < 12; turn++) await opened.append('user', text(400, `u${turn}`));
    expect((await opened.fit()).messages[0]!.content).toMatch(/^You are Bob\./);
  });

  it('does not come while a turn is under way', async () => {
    await using opened = await openWindows();
    await opened.append('user', 'Go.');
    const first = await opened.fit();
    await opened.remember('Never use tabs.');
    const again = await opened.fit();
    expect(again.messages).toEqual(first.messages);
    await opened.append('assistant', '', { parts: { toolCalls: [{ id: 'c1', name: 'read', arguments: {} }] } });
    await opened.append('tool', 'text', { toolCallId: 'c1' });
    startsWith((await opened.fit()).messages, first.messages);
  });

  it('a deleted pin begins a new epoch', async () => {
    await using opened = await openWindows();
    const memory = await opened.remember('Answer in French.');
    await opened.append('user', 'Hello.');
    await opened.fit();
    await opened.store.write((queries) => queries.memories.delete([memory.num]));
    await opened.append('user', 'Next.');
    const fit = await opened.fit();
    expect(fit.epoch).toBe(2);
    expect(fit.reasons).toContain('epoch:changed');
    expect(JSON.stringify(fit.messages)).not.toContain('French');
  });

  it('a removed text begins a new epoch', async () => {
    await using opened = await openWindows();
    const row = await opened.append('user', 'My number is 4711.');
    await opened.fit();
    await opened.append('assistant', 'Noted.');
    await opened.store.write((queries) => queries.messages.write(row.num, { text: '[removed]' }));
    await opened.append('user', 'Next.');
    const fit = await opened.fit();
    expect(fit.epoch).toBe(2);
    expect(JSON.stringify(fit.messages)).not.toContain('4711');
    await opened.append('assistant', 'Yes.');
    await opened.append('user', 'More.');
    expect((await opened.fit()).epoch).toBe(2);
  });
});
