import type { ErrorEnvelope } from './error.js';

/** What `models` does before the first call of a new installation; sent as events of `GET /v1/setup`. */
export type SetupEvent =
  | {
      /** Work on one part goes on. */
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
  | {
      /** The models are chosen and on this machine. */
      type: 'setup-end';
      /** The models by role. */
      models: { ux: string; planning: string };
      /** Name of the backend in the configuration. */
      backend: string;
      /** Why these, one sentence. */
      reason: string;
      /** How to get better ones, or `null`. */
      hint: string | null;
    }
  | {
      /** No model can be had. */
      type: 'setup-error';
      /** What was tried is in `details.tried`. */
      error: ErrorEnvelope;
    };
