import type { ErrorEnvelope } from './error.js';

/** Work on one part of the first run goes on. */
export interface SetupProgressEvent {
  /** Which event. */
  type: 'setup-progress';
  /** What is being done. */
  phase: 'probe' | 'runtime' | 'download' | 'verify';
  /** What is fetched or looked for, e.g. a model's name. */
  name: string;
  /** One sentence for people. */
  message: string;
  /** Bytes there, or `null` where it cannot be known. */
  completedBytes: number | null;
  /** Bytes in all, or `null`. */
  totalBytes: number | null;
  /** Remaining time, ms, or `null`. */
  etaMs: number | null;
}

/** The models are chosen and on this machine. */
export interface SetupEndEvent {
  /** Which event. */
  type: 'setup-end';
  /** The models by role. */
  models: {
    /** The small one that talks. */
    ux: string;
    /** The large one that works. */
    planning: string;
  };
  /** Name of the backend in the configuration. */
  backend: string;
  /** Why these, one sentence. */
  reason: string;
  /** How to get better ones, or `null`. */
  hint: string | null;
}

/** No model can be had; what was tried is in `error.details.tried`. */
export interface SetupErrorEvent {
  /** Which event. */
  type: 'setup-error';
  /** The failure. */
  error: ErrorEnvelope;
}

/** What `models` does before the first call of a new installation; sent as events of `GET /v1/setup`. */
export type SetupEvent = SetupProgressEvent | SetupEndEvent | SetupErrorEvent;
