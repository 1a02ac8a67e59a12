import assert from 'node:assert/strict';
import type { ClaimedTask, ExecutionBackend, Lease, TaskInput } from '../backend.js';
import type { TaskEvent } from '../task-event.js';
import type { ErrorEnvelope, TaskRecord } from '../types.js';

/** A lease long enough for a case. */
export const leaseMs = 10_000;

let made = 0;

/** A submission with an id of its own. */
export function input(fields: Partial<TaskInput> = {}): TaskInput {
  made += 1;
  return {
    id: `01TEST${String(made).padStart(20, '0')}`,
    key: null,
    owner: null,
    kind: 'test',
    title: `task ${made}`,
    payload: '{"prompt":"hello"}',
    priority: 5,
    deadlineAtMs: null,
    maxAttempts: 3,
    ...fields,
  };
}

/** Stores a task. */
export async function add(backend: ExecutionBackend, fields: Partial<TaskInput> = {}): Promise<TaskRecord> {
  const [submitted] = await backend.enqueue([input(fields)]);
  return submitted!.task;
}

/** Claims what there is; for claims that must not wait. */
export async function take(
  backend: ExecutionBackend,
  slots = 1,
  kinds: string[] | null = null,
): Promise<ClaimedTask[]> {
  return backend.claim({ server: 'worker-1', slots, kinds, leaseMs, signal: AbortSignal.timeout(10_000) });
}

/** Stores a task and claims it. */
export async function start(backend: ExecutionBackend, fields: Partial<TaskInput> = {}): Promise<Lease> {
  await add(backend, fields);
  const [claimed] = await take(backend);
  return claimed!.lease;
}

/** Claims, and finds nothing within a moment. */
export async function takeNothing(backend: ExecutionBackend): Promise<void> {
  const signal = AbortSignal.timeout(100);
  assert.deepEqual(await backend.claim({ server: 'worker-1', slots: 1, kinds: null, leaseMs, signal }), []);
}

/** The first `count` events after `after`. */
export async function events(
  backend: ExecutionBackend,
  count: number,
  options: { after?: number; taskId?: string } = {},
): Promise<TaskEvent[]> {
  const read: TaskEvent[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const event of backend.subscribe({ after: options.after ?? 0, taskId: options.taskId, signal })) {
    if (read.push(event) === count) break;
  }
  assert.equal(read.length, count, `${count} events, not only ${read.map((event) => event.type).join(', ')}`);
  return read;
}

/** An error of a handler. */
export const failure: ErrorEnvelope = {
  code: 'model-unreachable',
  message: 'no answer',
  hint: null,
  source: 'worker-1',
  retryable: true,
  retryAfterMs: null,
  details: {},
};

/** Matches an error of this package by its facts. */
export function coded(code: string, retryable = false) {
  return (error: unknown) => {
    assert.equal((error as { code?: unknown }).code, code);
    assert.equal((error as { retryable?: unknown }).retryable, retryable);
    return true;
  };
}
