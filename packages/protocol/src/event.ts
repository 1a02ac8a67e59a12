import * as z from 'zod/mini';
import type { ErrorEnvelope } from './error.js';
import type { EndState } from './task.js';

/** What all events of a task have. */
export interface TaskEventBase {
  /** Resume id of an event stream; grows with each commit. */
  seq: number;
  /** Epoch ms. */
  atMs: number;
  /** The submitted task. */
  taskId: string;
  /** The step, or `null` for the task as a whole. */
  stepId: string | null;
  /** Attempt, from 1, or `null`. */
  run: number | null;
}

/** The task waits to be run, for the first time or again. */
export interface TaskQueuedEvent extends TaskEventBase {
  /** Which event. */
  type: 'task-queued';
  /** Kind of work. */
  kind: string;
  /** 0–9, 9 most urgent. */
  priority: number;
  /** Why it waits. */
  reason: 'new' | 'retry' | 'lease-lost' | 'resumed';
}

/** A run began. */
export interface TaskStartEvent extends TaskEventBase {
  /** Which event. */
  type: 'task-start';
  /** Server that runs it. */
  server: string;
}

/** A step of a run began. */
export interface StepStartEvent extends TaskEventBase {
  /** Which event. */
  type: 'step-start';
  /** Server that runs it. */
  server: string;
  /** From 1. */
  step: number;
  /** How many, or `null` while unknown. */
  steps: number | null;
  /** For people. */
  title: string;
}

/** A step of a run ended. */
export interface StepEndEvent extends TaskEventBase {
  /** Which event. */
  type: 'step-end';
  /** How it ended. */
  state: EndState;
  /** The checkpoint that holds its state, or `null`. */
  checkpoint: number | null;
  /** Why it failed, or `null`. */
  error: ErrorEnvelope | null;
}

/** How far a run is. */
export interface TaskProgressEvent extends TaskEventBase {
  /** Which event. */
  type: 'task-progress';
  /** From 1. */
  step: number;
  /** How many, or `null` while unknown. */
  steps: number | null;
  /** 0–100, or `null`. */
  percent: number | null;
  /** Remaining time, ms, or `null`. */
  etaMs: number | null;
  /** For people, or `null`. */
  message: string | null;
}

/** The task is parked without a server. */
export interface TaskWaitEvent extends TaskEventBase {
  /** Which event. */
  type: 'task-wait';
  /** What it waits for. */
  reason: 'approval' | 'children' | 'timer';
}

/** Somebody has to allow something. */
export interface ApprovalOpenEvent extends TaskEventBase {
  /** Which event. */
  type: 'approval-open';
  /** The approval. */
  approvalId: string;
  /** Tool that is to be called. */
  tool: string;
  /** How grave it is. */
  risk: string;
  /** When it counts as denied, epoch ms. */
  expiresAtMs: number;
}

/** An approval was answered or ran out. */
export interface ApprovalEndEvent extends TaskEventBase {
  /** Which event. */
  type: 'approval-end';
  /** The approval. */
  approvalId: string;
  /** The answer. */
  answer: 'allow' | 'deny' | 'expired';
}

/** Somebody asked the task to stop. */
export interface TaskCancelEvent extends TaskEventBase {
  /** Which event. */
  type: 'task-cancel';
  /** Why. */
  reason: string;
}

/** The task reached a final state; its result is read by id. */
export interface TaskEndEvent extends TaskEventBase {
  /** Which event. */
  type: 'task-end';
  /** Kind of work. */
  kind: string;
  /** How it ended. */
  state: EndState;
  /** Attempts in all. */
  runs: number;
  /** From the start of the first run to the end, ms. */
  durationMs: number;
  /** Why it failed, or `null`. */
  error: ErrorEnvelope | null;
}

/** What happened to a task. */
export type TaskEvent =
  | TaskQueuedEvent
  | TaskStartEvent
  | StepStartEvent
  | StepEndEvent
  | TaskProgressEvent
  | TaskWaitEvent
  | ApprovalOpenEvent
  | ApprovalEndEvent
  | TaskCancelEvent
  | TaskEndEvent;

/** Schema of a task event's common part; the fields of each type pass through. */
export const taskEventSchema: z.ZodMiniType<
  TaskEventBase & {
    /** Which event. */
    type: string;
  }
> = z.looseObject({
  seq: z.number(),
  atMs: z.number(),
  taskId: z.string(),
  stepId: z.nullable(z.string()),
  run: z.nullable(z.number()),
  type: z.string(),
});

/** Protocol JSON carries instants as ISO 8601: fields that end in `AtMs` and the event's own `atMs`. */
export type WireInstants<Value> = {
  [Key in keyof Value as Key extends 'atMs' ? 'at' : Key extends `${infer Name}AtMs` ? `${Name}At` : Key]: Key extends
    | 'atMs'
    | `${string}AtMs`
    ? string
    : Value[Key];
};

/** Replaces `…AtMs` (epoch ms) by `…At` (ISO 8601 UTC) at the top level of an event. */
export function toWireInstants<Value extends object>(value: Value): WireInstants<Value> {
  const wire: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    if (key === 'atMs' && typeof entry === 'number') wire.at = new Date(entry).toISOString();
    else if (key.endsWith('AtMs') && typeof entry === 'number') {
      wire[key.slice(0, -2)] = new Date(entry).toISOString();
    } else wire[key] = entry;
  }
  return wire as WireInstants<Value>;
}
