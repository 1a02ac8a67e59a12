import * as z from 'zod/mini';
import { type ErrorEnvelope, errorEnvelopeSchema } from './error.js';

/** Final states of a task, a step or a run. */
export const endStates = ['done', 'failed', 'cancelled', 'dead'] as const;
/** Final state of a task, a step or a run; `dead` = attempts or recoveries used up. */
export type EndState = (typeof endStates)[number];

/** All states of a task. */
export const taskStates = ['queued', 'ready', 'running', 'waiting', ...endStates] as const;
/** State of a task. */
export type TaskState = (typeof taskStates)[number];

/** Whether a task in this state never changes again by itself. */
export function isEndState(state: string): state is EndState {
  return (endStates as readonly string[]).includes(state);
}

const band = z.looseObject({ typical: z.number(), low: z.number(), high: z.number() });
const usageSource = z.enum(['reported', 'partial', 'estimated']);

/** Schema of {@link Forecast}. */
export const forecastSchema: z.ZodMiniType<Forecast> = z.looseObject({
  inputTokens: z.number(),
  outputTokens: band,
  totalTokens: band,
  calls: z.number(),
  durationMs: z.nullable(band),
  samples: z.number(),
  calibrated: z.boolean(),
});

/** Schema of {@link TaskView}; unknown fields pass through. */
export const taskViewSchema: z.ZodMiniType<TaskView> = z.looseObject({
  taskId: z.string(),
  kind: z.string(),
  title: z.string(),
  state: z.enum(taskStates),
  reason: z.nullable(z.string()),
  priority: z.number(),
  createdAt: z.string(),
  startedAt: z.nullable(z.string()),
  endedAt: z.nullable(z.string()),
  step: z.nullable(z.number()),
  steps: z.nullable(z.number()),
  percent: z.nullable(z.number()),
  etaMs: z.nullable(z.number()),
  forecast: z.nullable(forecastSchema),
  result: z.nullable(z.string()),
  error: z.nullable(errorEnvelopeSchema),
  usage: z.looseObject({
    inputTokens: z.number(),
    outputTokens: z.number(),
    calls: z.number(),
    source: usageSource,
    byModel: z.array(
      z.looseObject({
        model: z.string(),
        role: z.string(),
        inputTokens: z.number(),
        outputTokens: z.number(),
        calls: z.number(),
      }),
    ),
  }),
  runs: z.array(
    z.looseObject({
      stepId: z.string(),
      run: z.number(),
      server: z.string(),
      startedAt: z.string(),
      endedAt: z.nullable(z.string()),
      end: z.nullable(z.enum([...endStates, 'lease-lost'])),
    }),
  ),
});

/** A typical value and the band that most values fall into. */
export interface Band {
  /** The middle. */
  typical: number;
  /** Lower end. */
  low: number;
  /** Upper end. */
  high: number;
}

/** What a task is expected to need. */
export interface Forecast {
  /** Tokens of all prompts. */
  inputTokens: number;
  /** Tokens of all answers. */
  outputTokens: Band;
  /** Both together. */
  totalTokens: Band;
  /** Model calls. */
  calls: number;
  /** Wall time, ms, or `null` where nothing is known. */
  durationMs: Band | null;
  /** Past tasks that it rests on. */
  samples: number;
  /** Whether the band was checked against outcomes. */
  calibrated: boolean;
}

/** Tokens of one model in one role within a task. */
export interface ModelUsage {
  /** Name of the model. */
  model: string;
  /** `ux`, `planning` or `embed`. */
  role: string;
  /** Tokens of the prompts. */
  inputTokens: number;
  /** Tokens of the answers. */
  outputTokens: number;
  /** Calls. */
  calls: number;
}

/** Tokens of a task over all its calls. */
export interface TaskUsage {
  /** Tokens of the prompts. */
  inputTokens: number;
  /** Tokens of the answers. */
  outputTokens: number;
  /** Calls. */
  calls: number;
  /** The weakest source among the calls. */
  source: 'reported' | 'partial' | 'estimated';
  /** The same by model and role. */
  byModel: ModelUsage[];
}

/** One attempt at a task or step. */
export interface RunView {
  /** The step; equal to the task's id for a task of one step. */
  stepId: string;
  /** From 1. */
  run: number;
  /** Server that ran it. */
  server: string;
  /** ISO 8601 UTC. */
  startedAt: string;
  /** ISO 8601 UTC, or `null` while it runs. */
  endedAt: string | null;
  /** How it ended, or `null` while it runs. */
  end: EndState | 'lease-lost' | null;
}

/** A task as every client sees it. */
export interface TaskView {
  /** ULID. */
  taskId: string;
  /** Kind of work, e.g. `prompt`. */
  kind: string;
  /** First line of the prompt, shortened. */
  title: string;
  /** Where it is in its life. */
  state: TaskState;
  /** Why it is in that state, or `null`. */
  reason: string | null;
  /** 0–9, 9 most urgent. */
  priority: number;
  /** ISO 8601 UTC. */
  createdAt: string;
  /** First run, ISO 8601 UTC, or `null`. */
  startedAt: string | null;
  /** ISO 8601 UTC, or `null`. */
  endedAt: string | null;
  /** Step that runs, from 1, or `null`. */
  step: number | null;
  /** Number of steps, or `null` while unknown. */
  steps: number | null;
  /** 0–100, or `null` where unknown. */
  percent: number | null;
  /** Remaining time, ms, or `null` where unknown. */
  etaMs: number | null;
  /** What it was expected to need, or `null`. */
  forecast: Forecast | null;
  /** The answer, or what there is of it when the task was cut, or `null`. */
  result: string | null;
  /** Why it failed, or `null`. */
  error: ErrorEnvelope | null;
  /** Tokens so far. */
  usage: TaskUsage;
  /** All attempts, oldest first. */
  runs: RunView[];
}
