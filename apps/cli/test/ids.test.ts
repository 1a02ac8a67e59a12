import { sampleTaskView } from '@tale/protocol/testing';
import { seededRandom } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { emptySource } from '../src/gateway/empty-source.js';
import type { MatchView } from '../src/gateway/task-source.js';
import { describeMatches, matchError, resolveTask, shortenIds, taskNotFound } from '../src/ids.js';
import { createTestContext } from './support/streams.js';

const home = { folders: { config: '', data: '', state: '', cache: '' }, env: {} };
const task = (taskId: string) => sampleTaskView({ taskId, title: 'a\u001B[2Jb' });
const several: MatchView = {
  kind: 'suffix',
  tasks: [task('01KBAAAAAAAAAAAAAAAA7Q2F9K'), task('01KBBBBBBBBBBBBBBBBB7Q2F9K')],
  suggestions: [],
};
const none: MatchView = { kind: 'none', tasks: [], suggestions: ['01KBAAAAAAAAAAAAAAAA7Q2F9K'] };

describe('shortenIds', () => {
  it('shows the last six characters', () => {
    expect(shortenIds(['01KBAAAAAAAAAAAAAAAA7Q2F9K'])).toEqual(['7Q2F9K']);
    expect(shortenIds([])).toEqual([]);
  });

  it('shows as many more as tell them apart', () => {
    expect(shortenIds(several.tasks.map(({ taskId }) => taskId))).toEqual(['A7Q2F9K', 'B7Q2F9K']);
    expect(shortenIds(['ABC', 'ABC'])).toEqual(['ABC', 'ABC']);
  });

  it('tells any set of ids apart', () => {
    const random = seededRandom(5);
    const alphabet = '01AB';
    for (let round = 0; round < 500; round++) {
      const ids = new Set<string>();
      while (ids.size < 30) ids.add(Array.from({ length: 26 }, () => alphabet[Math.floor(random() * 4)]).join(''));
      const shown = shortenIds([...ids]);
      expect(new Set(shown).size).toBe(30);
      for (const [at, id] of [...ids].entries()) expect(id.endsWith(shown[at]!)).toBe(true);
    }
  });
});

describe('matchError', () => {
  it('lists several tasks, newest first, sanitised', () => {
    const error = matchError('7Q2F9K', several, Date.now());
    expect(error).toMatchObject({ exitCode: 4, envelope: { code: 'ambiguous-id' } });
    expect((error.envelope.details.matches as { taskId: string }[]).map(({ taskId }) => taskId)).toEqual(
      several.tasks.map(({ taskId }) => taskId),
    );
    expect(describeMatches(several.tasks, Date.parse('2026-11-25T12:05:00Z'))[0]).toBe('A7Q2F9K  done  5 min  ab');
  });

  it('suggests what was probably meant', () => {
    expect(matchError('7Q2F9X', none, 0)).toMatchObject({
      exitCode: 4,
      envelope: { code: 'task-not-found', hint: 'did you mean 7Q2F9K?', details: { suggestions: none.suggestions } },
    });
    expect(taskNotFound('x')).toMatchObject({ exitCode: 4, envelope: { code: 'task-not-found' } });
  });
});

describe('resolveTask', () => {
  const source = (match: MatchView) => ({ ...emptySource, match: async () => match });

  it('takes the only match', async () => {
    const { context } = createTestContext(home);
    const only = { ...several, tasks: [several.tasks[0]!] };
    expect(await resolveTask(context, source(only), '7Q2F9K')).toBe(only.tasks[0]);
  });

  it('never asks in a script', async () => {
    const { context } = createTestContext(home, { canAsk: false });
    await expect(resolveTask(context, source(several), '7Q2F9K')).rejects.toMatchObject({ exitCode: 4 });
    await expect(resolveTask(context, source(none), '7Q2F9X')).rejects.toMatchObject({ exitCode: 4 });
  });

  it('lets a person choose', async () => {
    const { context, err } = createTestContext(home, { canAsk: true });
    const asked = resolveTask(context, source(several), '7Q2F9K');
    setTimeout(() => process.stdin.emit('data', Buffer.from('2\n')), 50);
    expect((await asked).taskId).toBe(several.tasks[1]!.taskId);
    process.stdin.pause();
    expect(err()).toContain('  2  B7Q2F9K');
  });
});
