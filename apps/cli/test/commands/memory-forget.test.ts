import { describe, expect, it } from 'vitest';
import { deleteConversation } from '../../src/commands/conversations-delete.js';
import { type ForgetOptions, forget } from '../../src/commands/memory-forget.js';
import { memorySystem } from '../support/memory-system.js';
import { forgetView } from '../support/memory-views.js';

const nothing = forgetView({ rows: { messages: 0, memories: 0 }, hits: [] });
const answer = ({ dryRun }: Record<string, unknown>) => forgetView({ dryRun: dryRun as boolean });

describe('tale memory forget', () => {
  it('shows what would go and what that does not reach, and deletes nothing', async () => {
    await using running = await memorySystem(answer);
    await forget(running.context, { text: 'rome', dryRun: true });
    expect(running.out()).toMatch(
      /^would forget: 2 messages, 1 memory and what was made of them\nID +WHAT +AGE +BEGINS\n/,
    );
    expect(running.out()).toMatch(/message +.* Rome is warm\nnot covered:\n {2}Backups\.\n$/);
    expect(running.calls).toEqual([{ tool: 'memory', action: 'forget', text: 'rome', dryRun: true }]);
  });

  it('needs --yes where nobody can be asked, and says what is gone with it', async () => {
    await using running = await memorySystem(answer);
    await expect(forget(running.context, { everything: true })).rejects.toMatchObject({ exitCode: 2 });
    expect(running.calls).toEqual([{ tool: 'memory', action: 'forget', everything: true, dryRun: true }]);
    await forget(running.context, { everything: true, yes: true });
    expect(running.calls.at(-1)).toEqual({ tool: 'memory', action: 'forget', everything: true, dryRun: false });
    expect(running.out()).toBe('forgotten: 2 messages, 1 memory and what was made of them\n');
    expect(running.err()).toContain('no byte of it is left');
    expect(running.err()).toContain('Backups.');
  });

  it('says where bytes may be left', async () => {
    await using running = await memorySystem(({ dryRun }) =>
      forgetView({ dryRun: dryRun as boolean, scrubbed: false }),
    );
    await forget(running.context, { project: 'travel', before: '2026-01-01', yes: true });
    expect(running.err()).toContain('run the same command again');
    expect(running.calls[0]).toMatchObject({
      project: 'travel',
      before: expect.stringMatching(/^2025-12-31|^2026-01-01/),
    });
  });

  it('asks nobody about nothing', async () => {
    await using running = await memorySystem(() => nothing);
    await forget(running.context, { text: 'x' });
    expect(running.err()).toBe('there is nothing to forget\n');
    await forget(running.context, { text: 'x', dryRun: true });
    expect(running.out()).toBe('would forget: nothing\n');
  });

  it('finds the conversation that an end of its id means, and prints tale.forget/1', async () => {
    await using running = await memorySystem(answer, { json: true });
    await forget(running.context, { conversation: 'CNV001', dryRun: true });
    expect(running.document()).toMatchObject({ schema: 'tale.forget/1', dryRun: true });
    expect(running.calls).toMatchObject([{ conversation: '01KB0000000000000000CNV001' }]);
    await using real = await memorySystem(answer, { json: true });
    await forget(real.context, { conversation: 'CNV001', yes: true });
    expect(real.document()).toMatchObject({ schema: 'tale.forget/1', dryRun: false });
  });

  it.each<ForgetOptions>([
    {},
    { yes: true },
    { text: ' ' },
    { project: '' },
    { everything: true, text: 'x' },
    { before: 'someday' },
  ])('refuses %j before it asks anybody', async (options) => {
    await using running = await memorySystem(answer);
    await expect(forget(running.context, options)).rejects.toMatchObject({ exitCode: 2 });
    expect(running.tale.requests).toEqual([]);
  });
});

describe('tale conversations delete', () => {
  it('deletes with its forks or without', async () => {
    await using running = await memorySystem(answer);
    await deleteConversation(running.context, 'CNV001', { forks: 'delete', yes: true });
    expect(running.calls.at(-1)).toEqual({
      ...{ tool: 'conversations', action: 'delete', id: '01KB0000000000000000CNV001', forks: 'delete', dryRun: false },
    });
    await expect(deleteConversation(running.context, 'CNV001', { forks: 'some' })).rejects.toMatchObject({
      exitCode: 2,
    });
    await expect(deleteConversation(running.context, 'CNV001', {})).rejects.toMatchObject({ exitCode: 2 });
  });
});
