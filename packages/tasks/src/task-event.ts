import type { EndState, ErrorEnvelope } from './types.js';

/** What all events have. */
export interface TaskEventBase {
  /** Position in the stream of all events; reading goes on after it. */
  readonly seq: number;
  /** Epoch ms. */
  readonly atMs: number;
  /** What was submitted. */
  readonly taskId: string;
  /** The node that the event is about; null for events of the task as a whole. */
  readonly stepId: string | null;
  /** The run that the event is about; null for events of the task as a whole. */
  readonly run: number | null;
}

/** The task waits for a worker, for the first time or again. */
export interface TaskQueuedEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'task-queued';
  /** Kind of the task. */
  readonly kind: string;
  /** 0 to 9. */
  readonly priority: number;
  /** `new`; `retry` after an error; `lease-lost`: its worker vanished; `resumed`: its worker gave it back. */
  readonly reason: 'new' | 'retry' | 'lease-lost' | 'resumed';
}

/** A worker took the task. */
export interface TaskStartEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'task-start';
  /** Name of the worker's server. */
  readonly server: string;
}

/** A handler began a step. */
export interface StepStartEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'step-start';
  /** Name of the worker's server. */
  readonly server: string;
  /** From 1. */
  readonly step: number;
  /** How many there are. */
  readonly steps: number | null;
  /** One line for people. */
  readonly title: string;
}

/** A handler ended a step. */
export interface StepEndEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'step-end';
  /** How it ended. */
  readonly state: EndState;
  /** Step of the checkpoint thread that holds its outcome. */
  readonly checkpoint: number | null;
  /** Why it failed. */
  readonly error: ErrorEnvelope | null;
}

/** How far a run is; at most 4 a second for a task. */
export interface TaskProgressEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'task-progress';
  /** From 1. */
  readonly step: number;
  /** How many there are. */
  readonly steps: number | null;
  /** 0 to 100. */
  readonly percent: number | null;
  /** Time left, ms. */
  readonly etaMs: number | null;
  /** One line for people. */
  readonly message: string | null;
}

/** The task is parked and holds no slot. */
export interface TaskWaitEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'task-wait';
  /** What it waits for. */
  readonly reason: 'approval' | 'children' | 'timer';
}

/** Somebody has to allow something. */
export interface ApprovalOpenEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'approval-open';
  /** ULID. */
  readonly approvalId: string;
  /** Tool that is to be called. */
  readonly tool: string;
  /** How much is at stake. */
  readonly risk: string;
  /** When it counts as denied, epoch ms. */
  readonly expiresAtMs: number;
}

/** An approval was answered or expired. */
export interface ApprovalEndEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'approval-end';
  /** ULID. */
  readonly approvalId: string;
  /** The answer. */
  readonly answer: 'allow' | 'deny' | 'expired';
}

/** A cancel was asked for. */
export interface TaskCancelEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'task-cancel';
  /** Why. */
  readonly reason: string;
}

/** The task reached a final state; its result is read by id. */
export interface TaskEndEvent extends TaskEventBase {
  /** Discriminator. */
  readonly type: 'task-end';
  /** Kind of the task. */
  readonly kind: string;
  /** The final state. */
  readonly state: EndState;
  /** How many runs it took. */
  readonly runs: number;
  /** From the start of the first run to now, ms; 0 if none was started. */
  readonly durationMs: number;
  /** Why it failed. */
  readonly error: ErrorEnvelope | null;
}

/** Whatever happens to tasks, in the order of commits. */
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

type Body<Event> = Event extends TaskEvent ? Omit<Event, keyof TaskEventBase> : never;

/** A {@link TaskEvent} without what the store adds: its number, instant and ids. */
export type TaskEventBody = Body<TaskEvent>;

/** What a run itself reports. */
export type RunEvent =
  | Omit<StepStartEvent, keyof TaskEventBase>
  | Omit<StepEndEvent, keyof TaskEventBase>
  | Omit<TaskProgressEvent, keyof TaskEventBase>;

/** How far a run is. */
export type Progress = Omit<TaskProgressEvent, 'type' | keyof TaskEventBase>;
