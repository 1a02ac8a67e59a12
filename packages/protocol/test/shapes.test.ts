import {
  callLabels,
  conversationArgumentsSchema,
  conversationViewSchema,
  errorEnvelope,
  forgetViewSchema,
  isEndState,
  isErrorEnvelope,
  memoryArgumentsSchema,
  memoryViewSchema,
  messageViewSchema,
  runtimeFileSchema,
  settingsSchema,
  taleErrorCodes,
  taskEventSchema,
  taskViewSchema,
  toWireInstants,
} from '@tale/protocol';
import { sampleEnvelope, sampleTaskView } from '@tale/protocol/testing';
import { expect, it } from 'vitest';

it('accepts a complete task view, also with fields of a later version (PROTOCOL-2)', () => {
  expect(taskViewSchema.safeParse(sampleTaskView()).success).toBe(true);
  expect(taskViewSchema.parse({ ...sampleTaskView(), later: 1 })).toHaveProperty('later', 1);
});

it.each([
  ['without a state', { ...sampleTaskView(), state: undefined }],
  ['with an unknown state', { ...sampleTaskView(), state: 'sleeping' }],
  ['with an unknown left out', { ...sampleTaskView(), etaMs: undefined }],
])('refuses a task view %s', (_what, view) => {
  expect(taskViewSchema.safeParse(view).success).toBe(false);
});

it('completes an envelope and recognises it', () => {
  const envelope = errorEnvelope({ code: 'internal', message: 'm', source: 'cli' });
  expect(envelope).toEqual({
    code: 'internal',
    message: 'm',
    hint: null,
    source: 'cli',
    retryable: false,
    retryAfterMs: null,
    details: {},
  });
  expect(isErrorEnvelope(envelope)).toBe(true);
  expect(isErrorEnvelope(sampleEnvelope())).toBe(true);
  expect(isErrorEnvelope({ code: 'internal' })).toBe(false);
  expect(isErrorEnvelope(null)).toBe(false);
});

it('lists every error code once', () => {
  expect(new Set(taleErrorCodes).size).toBe(taleErrorCodes.length);
});

it('writes instants as ISO 8601 and durations as they are', () => {
  expect(toWireInstants({ atMs: 0, expiresAtMs: 1000, startedAtMs: null, durationMs: 5, type: 't' })).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    expiresAt: '1970-01-01T00:00:01.000Z',
    startedAtMs: null,
    durationMs: 5,
    type: 't',
  });
});

it('tells final states from others', () => {
  expect(['done', 'failed', 'cancelled', 'dead'].every(isEndState)).toBe(true);
  expect(['queued', 'ready', 'running', 'waiting', ''].some(isEndState)).toBe(false);
});

it('fills labels that a call does not have with null', () => {
  expect(callLabels({ purpose: 'answer', taskId: 'T' })).toEqual({
    project: 'default',
    taskId: 'T',
    stepId: null,
    run: null,
    conversationId: null,
    userId: null,
    purpose: 'answer',
  });
});

it('reads a runtime file of its own format alone', () => {
  const file = { format: 'tale.runtime/1', daemonId: 'D', token: 't', servers: [] };
  expect(runtimeFileSchema.safeParse(file).success).toBe(true);
  expect(runtimeFileSchema.safeParse({ ...file, format: 'tale.runtime/2' }).success).toBe(false);
});

it('keeps the fields of each type of task event', () => {
  const event = { seq: 1, atMs: 2, taskId: 'T', stepId: null, run: null, type: 'task-start', server: 's' };
  expect(taskEventSchema.parse(event)).toEqual(event);
});

it('gives every setting a default and refuses unknown ones', () => {
  expect(settingsSchema.parse({})).toEqual({
    gateway: { port: 8080 },
    execution: { port: 8081, instances: 1, slots: 2 },
    models: { port: 8083, ux: null, planning: null, maxOutputTokens: 1024, memoryBytes: null, swap: 'refuse' },
    uxAgent: { port: 8082 },
    localEngine: { port: 11_435 },
    ollama: { url: 'http://127.0.0.1:11434' },
    openai: { url: null },
    claude: { model: 'claude-sonnet-5-5', url: null, dailyTokens: 1_000_000 },
  });
  for (const bad of [
    { gatway: {} },
    { gateway: { prot: 1 } },
    { gateway: { port: 0 } },
    { ollama: { url: 'here' } },
    { ollama: { url: 'ftp://127.0.0.1' } },
    { openai: { url: 'here' } },
    { models: { swap: 'maybe' } },
    { claude: { dailyTokens: 0 } },
  ]) {
    expect(settingsSchema.safeParse(bad).success).toBe(false);
  }
});

const memory = {
  ...{ memoryId: 'm', kind: 'fact', text: 't', project: null, state: 'active', origin: 'user', isPinned: false },
  ...{ quote: null, sourceMessageId: null, supersededBy: null, validFrom: null, validTo: null },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', usedAt: null, uses: 0 },
};
const conversation = {
  ...{ conversationId: 'c', title: null, project: null, folder: null, parentId: null, isPrivate: false, messages: 0 },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z', archivedAt: null },
};
const message = {
  ...{ messageId: 'm', seq: 1, role: 'user', text: 't', characters: 1, status: 'done', taskId: null },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', removedAt: null },
};
const forgotten = {
  ...{ forgetId: 'f', dryRun: true, rows: { messages: 1 }, scrubbed: false, notCovered: ['Backups.'] },
  hits: [{ kind: 'message', id: 'm', conversationId: 'c', createdAt: '2026-01-01T00:00:00.000Z', excerpt: 'x' }],
};

it.each([
  ['a memory', memoryViewSchema, memory, { state: 'asleep' }],
  ['a conversation', conversationViewSchema, conversation, { title: undefined }],
  ['a message', messageViewSchema, message, { role: 'root' }],
  ['a deletion', forgetViewSchema, forgotten, { rows: { messages: 'all' } }],
] as const)(
  'accepts %s, also with fields of a later version, and no other (PROTOCOL-2)',
  (_what, schema, view, wrong) => {
    expect(schema.parse({ ...view, later: 1 })).toEqual({ ...view, later: 1 });
    expect(schema.safeParse({ ...view, ...wrong }).success).toBe(false);
  },
);

it.each([
  [memoryArgumentsSchema, { action: 'list', limit: 200 }, true],
  [memoryArgumentsSchema, { action: 'list', limit: 201 }, false],
  [memoryArgumentsSchema, { action: 'drop' }, false],
  [memoryArgumentsSchema, { action: 'list', sql: 'x' }, false],
  [memoryArgumentsSchema, { action: 'forget', before: '2026-01-01T00:00:00+01:00' }, true],
  [memoryArgumentsSchema, { action: 'forget', before: 'yesterday' }, false],
  [memoryArgumentsSchema, { action: 'show', id: 'x'.repeat(201) }, false],
  [conversationArgumentsSchema, { action: 'show', id: 'x', before: 0 }, true],
  [conversationArgumentsSchema, { action: 'show', id: 'x', before: -1 }, false],
  [conversationArgumentsSchema, { action: 'search', text: 'x', role: 'system' }, false],
] as const)('checks arguments of the tools: %#', (schema, args, isTaken) => {
  expect(schema.safeParse(args).success).toBe(isTaken);
});
