import type Sqlite from 'better-sqlite3';
import type { Kysely } from 'kysely';
import { expectTypeOf } from 'vitest';
import type {
  Database,
  EndState,
  ErrorEnvelope,
  Submitted,
  TaskContext,
  TaskEvent,
  TaskRecord,
  TaskRun,
  Tasks,
  TasksOptions,
  Worker,
  Writer,
} from '../src/index.js';
import type { createTaskReader } from '../src/queries/index.js';

// An instance typed for tables of somebody else fits, and a raw handle of better-sqlite3.
expectTypeOf<Kysely<{ note: { text: string } }>>().toExtend<TasksOptions['kysely']>();
expectTypeOf<Sqlite.Database>().toExtend<Parameters<typeof createTaskReader>[0]>();

expectTypeOf<Tasks['submit']>().returns.resolves.toEqualTypeOf<Submitted>();
expectTypeOf<Tasks['get']>().toEqualTypeOf<(id: string) => Promise<TaskRecord | null>>();
expectTypeOf<Tasks['runs']>().returns.resolves.toEqualTypeOf<TaskRun[]>();
expectTypeOf<Tasks['runsOf']>().toEqualTypeOf<(ids: readonly string[]) => Promise<Map<string, TaskRun[]>>>();
expectTypeOf<Tasks['events']>().returns.toEqualTypeOf<AsyncIterable<TaskEvent>>();
expectTypeOf<Tasks['work']>().returns.toEqualTypeOf<Worker>();
expectTypeOf<TaskContext['guard']>().toEqualTypeOf<(trx: Database) => Promise<boolean>>();
expectTypeOf<Writer['submit']>().toEqualTypeOf<
  <Result>(write: (trx: Database) => Promise<Result>) => Promise<Result>
>();

// The events of ARCHITECTURE.md, "Seams", section 2, word for word.
type Id = string;
type Literal = { seq: number; atMs: number; taskId: Id; stepId: Id | null; run: number | null } & (
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
  | { type: 'approval-open'; approvalId: Id; tool: string; risk: string; expiresAtMs: number }
  | { type: 'approval-end'; approvalId: Id; answer: 'allow' | 'deny' | 'expired' }
  | { type: 'task-cancel'; reason: string }
  | { type: 'task-end'; kind: string; state: EndState; runs: number; durationMs: number; error: ErrorEnvelope | null }
);
expectTypeOf<TaskEvent>().toExtend<Literal>();
expectTypeOf<Literal>().toExtend<TaskEvent>();
