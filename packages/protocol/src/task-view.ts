import type { ErrorEnvelope } from './error.js';
import type { EndState, TaskState, TaskUsage, TaskView } from './task.js';

/** What is stored of a task, as far as a view of it needs; a record of `@tale/tasks` fits. */
export interface TaskFacts {
  /** ULID. */
  readonly id: string;
  /** Kind of work. */
  readonly kind: string;
  /** One line for people. */
  readonly title: string;
  /** Where it stands. */
  readonly state: TaskState;
  /** Why it stands there. */
  readonly reason: string | null;
  /** 0–9. */
  readonly priority: number;
  /** Epoch ms. */
  readonly createdAtMs: number;
  /** Epoch ms. */
  readonly startedAtMs: number | null;
  /** Epoch ms. */
  readonly endedAtMs: number | null;
  /** Step that runs, from 1. */
  readonly step: number | null;
  /** Number of steps. */
  readonly steps: number | null;
  /** 0–100. */
  readonly percent: number | null;
  /** Remaining time, ms. */
  readonly etaMs: number | null;
  /** Why it failed. */
  readonly error: ErrorEnvelope | null;
  /** The answer; left out where only a summary was read. */
  readonly result?: string | null;
}

/** What is stored of an attempt. */
export interface RunFacts {
  /** The step. */
  readonly stepId: string;
  /** From 1. */
  readonly run: number;
  /** Server that ran it. */
  readonly server: string;
  /** Epoch ms. */
  readonly startedAtMs: number;
  /** Epoch ms. */
  readonly endedAtMs: number | null;
  /** How it ended. */
  readonly end: EndState | 'lease-lost' | null;
}

/** The view of a task that every client gets. A final state has no remaining time, and 100 % only if it is `done`. */
export function toTaskView(task: TaskFacts, runs: readonly RunFacts[], usage: TaskUsage): TaskView {
  const ended = task.endedAtMs !== null;
  return {
    taskId: task.id,
    kind: task.kind,
    title: task.title,
    state: task.state,
    reason: task.reason,
    priority: task.priority,
    createdAt: toInstant(task.createdAtMs),
    startedAt: toInstantOrNull(task.startedAtMs),
    endedAt: toInstantOrNull(task.endedAtMs),
    step: task.step,
    steps: task.steps,
    percent: task.state === 'done' ? 100 : task.percent,
    etaMs: ended ? null : task.etaMs,
    forecast: null,
    result: task.result ?? null,
    error: task.error,
    usage,
    runs: runs.map(({ stepId, run, server, startedAtMs, endedAtMs, end }) => ({
      stepId,
      run,
      server,
      startedAt: toInstant(startedAtMs),
      endedAt: toInstantOrNull(endedAtMs),
      end,
    })),
  };
}

function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function toInstantOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : toInstant(epochMs);
}
