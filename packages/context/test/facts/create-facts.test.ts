import { describe, expect, it } from 'vitest';
import type { Context, TaskFact, TaskFacts } from '../../src/index.js';
import { openContext } from '../support/open-context.js';
import { writtenQuestions } from './questions.js';

const task = (id: string, parts: Partial<TaskFact> = {}): TaskFact => ({
  id,
  title: `Title of ${id}`,
  state: 'running',
  step: 2,
  steps: 5,
  percent: 40,
  etaMs: 180_000,
  updatedAtMs: 1_000,
  error: null,
  ...parts,
});

const tasksOf =
  (all: readonly TaskFact[]): TaskFacts =>
  async ({ ids, idPrefix, open, conversationId }) =>
    all.filter(
      ({ id, state }) =>
        (ids?.includes(id) ?? true) &&
        (idPrefix === undefined || id.startsWith(idPrefix)) &&
        (!open || state === 'running') &&
        conversationId === undefined,
    );

async function fill(context: Context) {
  await context.conversations.create({ id: 'c' });
  const messages = context.messages('c');
  await messages.append({ id: 'm1', role: 'user', text: 'Always answer briefly.' });
  await messages.append({
    id: 'm2',
    role: 'user',
    text: 'Make the invoice layout blue.',
    taskId: '01JABCD9',
    taskLink: 'asked',
  });
  await messages.append({ id: 'm3', role: 'assistant', text: 'The layout is blue now.' });
  await messages.append({ id: 'm4', role: 'user', text: 'What was my last request?' });
}

describe('answers from rows', () => {
  it('quotes the last request with its time and task, whether or not the question is stored already', async () => {
    await using opened = await openContext(null, { taskFacts: tasksOf([task('01JABCD9')]) });
    const { context } = opened;
    await fill(context);
    const answer = await context.facts.answer({ conversationId: 'c', text: 'What was my last request?' });
    expect(answer).toMatchObject({
      intent: 'last-request',
      language: 'en',
      sources: ['m2', '01JABCD9'],
      tasks: [{ id: '01JABCD9' }],
    });
    expect(answer!.text).toContain('“Make the invoice layout blue.”');
    expect(answer!.text).toContain('01JABCD9 Title of 01JABCD9: running, step 2 of 5, 40 %, about 3 min left');
    expect(await context.facts.lastRequest('c')).toMatchObject({
      messageId: 'm2',
      seq: 2,
      taskId: '01JABCD9',
      task: { state: 'running' },
    });
  });

  it.each([
    ['Was war meine letzte Anfrage?', 'Deine letzte Anfrage', 'Schritt 2 von 5'],
    ['Quelle était ma dernière demande ?', 'Ta dernière demande', 'étape 2 sur 5'],
    ['¿Cuál fue mi última petición?', 'Tu última petición', 'paso 2 de 5'],
  ])('answers "%s" in its language', async (text, head, step) => {
    await using opened = await openContext(null, { taskFacts: tasksOf([task('01JABCD9')]) });
    await fill(opened.context);
    const answer = await opened.context.facts.answer({ conversationId: 'c', text });
    expect(answer!.text).toContain(head);
    expect(answer!.text).toContain(step);
  });

  it('repeats the last answer, finds what was said about something and what is remembered', async () => {
    await using opened = await openContext(null);
    const { context } = opened;
    await fill(context);
    const ask = (text: string) => context.facts.answer({ conversationId: 'c', text });
    expect(await ask('What was your last answer?')).toMatchObject({
      text: expect.stringContaining('“The layout is blue now.”'),
      sources: ['m3'],
    });
    expect(await ask('What did I say about the invoice layout?')).toMatchObject({
      sources: ['m2'],
      hits: [{ role: 'user' }],
    });
    expect((await ask('What did I say about penguins?'))!.text).toBe('I find nothing that you said about “penguins”.');
    expect(await ask('What do you know about me?')).toMatchObject({
      memories: [{ text: 'Always answer briefly.' }],
      text: expect.stringContaining('- Always answer briefly.'),
    });
  });

  it('says where tasks stand: of the conversation, of an id, of the owner', async () => {
    const all = [
      task('01JABCD9'),
      task('01JXYZ99', { state: 'done', percent: 100, step: null, steps: null, etaMs: null, updatedAtMs: 9_000 }),
      task('01JOPEN1', { updatedAtMs: 8_000 }),
    ];
    await using opened = await openContext(null, { taskFacts: tasksOf(all) });
    const { context } = opened;
    await fill(context);
    await context.conversations.create({ id: 'empty' });
    const ask = (text: string, conversationId = 'c') => context.facts.answer({ conversationId, text });
    expect(await ask('status?')).toMatchObject({ intent: 'task-status', sources: ['01JABCD9'] });
    expect(await ask('status of task 01JXYZ')).toMatchObject({
      intent: 'task-by-id',
      sources: ['01JXYZ99'],
      text: expect.stringContaining('done, 100 %'),
    });
    expect(await ask('status of task 01JNONE1')).toBeNull();
    const other = await ask('Is my task done?', 'empty');
    expect(other).toMatchObject({ sources: ['01JOPEN1'] });
    expect(other!.text).toContain('This conversation has no task.');
    expect(await ask('List my tasks')).toMatchObject({ intent: 'task-list', sources: ['01JOPEN1', '01JABCD9'] });
    expect(await context.facts.taskStatus({ conversationId: 'c' })).toMatchObject({
      from: 'conversation',
      tasks: [{ id: '01JABCD9' }],
    });
    expect(await context.facts.taskStatus({ conversationId: 'c', idPrefix: '01JXYZ' })).toMatchObject({ from: 'id' });
  });
});

it('says that there is nothing where there is nothing', async () => {
  await using opened = await openContext(null, { taskFacts: tasksOf([]) });
  const { context } = opened;
  await context.conversations.create({ id: 'c' });
  const ask = async (text: string) => (await context.facts.answer({ conversationId: 'c', text }))!.text;
  expect(await ask('What was my last request?')).toBe('You have not asked for anything in this conversation yet.');
  expect(await ask('Was war deine letzte Antwort?')).toBe('Ich habe in diesem Gespräch noch nicht geantwortet.');
  expect(await ask('Où en est ma tâche ?')).toBe('Il n’y a pas de tâche.');
  expect(await ask('Muéstrame mis tareas')).toBe('No hay ninguna tarea abierta.');
  expect(await ask('Que sais-tu de moi ?')).toBe('Je n’ai rien retenu de toi.');
});

it('leaves questions about tasks to others where it knows no tasks', async () => {
  await using opened = await openContext(null);
  await opened.context.conversations.create({ id: 'c' });
  for (const text of ['status', 'task 01JABCD', 'list my tasks']) {
    expect(await opened.context.facts.answer({ conversationId: 'c', text })).toBeNull();
  }
  expect(await opened.context.facts.taskStatus({ conversationId: 'c' })).toEqual({ tasks: [], from: 'conversation' });
  expect(await opened.context.facts.taskStatus({ conversationId: 'c', idPrefix: '01J' })).toBeNull();
});

it('finds the last request behind 120 such questions, and none that was redacted', async () => {
  await using opened = await openContext(null);
  const { context } = opened;
  await context.conversations.create({ id: 'c' });
  const messages = context.messages('c');
  await messages.append({ id: 'first', role: 'user', text: 'Plan my trip.' });
  await messages.append({ id: 'second', role: 'user', text: 'Book the hotel.' });
  for (let turn = 0; turn < 120; turn++) await messages.append({ role: 'user', text: 'status?' });
  expect((await context.facts.lastRequest('c'))!.messageId).toBe('second');
  await messages.redact('second', { reason: 'other' });
  expect((await context.facts.lastRequest('c'))!.messageId).toBe('first');
});

it('says no number and no state that is not in a row, whatever is asked', async () => {
  const all = [
    task('01JABCD9', { percent: 37, step: 3, steps: 7, etaMs: 600_000, state: 'waiting-for-ink', updatedAtMs: 0 }),
  ];
  await using opened = await openContext(null, { taskFacts: tasksOf(all) });
  const { context } = opened;
  await fill(context);
  const known = new Set(['37', '3', '7', '10', '1970', '01', '00', '01JABCD9']);
  for (const [text, intent] of Object.values(writtenQuestions).flat()) {
    const answer = await context.facts.answer({ conversationId: 'c', text });
    if (intent === null) expect([text, answer]).toEqual([text, null]);
    if (!answer?.intent.startsWith('task-')) continue;
    for (const [number] of answer.text.matchAll(/[0-9A-Z]*\d[0-9A-Z]*/g))
      expect(known.has(number), `${number} in ${answer.text}`).toBe(true);
    expect(answer.text.includes('waiting-for-ink') || answer.tasks.length === 0).toBe(true);
  }
});

it('rejects with the reason of a signal and for an unknown conversation', async () => {
  await using opened = await openContext(null);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(opened.context.facts.answer({ conversationId: 'c', text: 'status' }, { signal })).rejects.toThrow(
    'enough',
  );
  await expect(opened.context.facts.lastRequest('none')).rejects.toMatchObject({ code: 'not-found' });
});
