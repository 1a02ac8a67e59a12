import * as z from 'zod/mini';
import type { ErrorEnvelope } from './error.js';
import type { EndState } from './task.js';

/** What happened to a task; `seq` grows by commit and is the resume id of an event stream. */
export type TaskEvent = {
  /** Resume id. */ seq: number;
  /** Epoch ms. */ atMs: number;
  /** The submitted task. */ taskId: string;
  /** The step, or `null` for the task as a whole. */ stepId: string | null;
  /** Attempt, from 1, or `null`. */ run: number | null;
} & (
  | { type: 'task-queued'; kind: string; priority: number; reason: 'new' | 'retry' | 'lease-lost' | 'resumed' }
  | { type: 'task-start'; server: string }
  | { type: 'step-start'; server: string; step: number; steps: number | null; title: string }
  | { type: 'step-end'; state: EndState; checkpoint: number | null; error: ErrorEnvelope | null }
  | {
      type: 'task-progress';
      step: number;
      steps: number | null;
      percent: number | null;
      etaMs: number | null;
      message: string | null;
    }
  | { type: 'task-wait'; reason: 'approval' | 'children' | 'timer' }
  | { type: 'approval-open'; approvalId: string; tool: string; risk: string; expiresAtMs: number }
  | { type: 'approval-end'; approvalId: string; answer: 'allow' | 'deny' | 'expired' }
  | { type: 'task-cancel'; reason: string }
  | {
      type: 'task-end';
      kind: string;
      state: EndState;
      runs: number;
      durationMs: number;
      error: ErrorEnvelope | null;
    }
);

/** Schema of a task event's common part; the fields of each type pass through. */
export const taskEventSchema = z.looseObject({
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
