import type { Beat, RuntimeServer } from './types.js';

/** What the supervisor sends to a child over IPC. */
export type SupervisorMessage =
  /** First message of all: what a child must know and what may stand neither in its arguments nor in its environment. */
  | {
      /** Discriminator. */
      readonly type: 'start';
      /** Which life of the supervisor. */
      readonly daemonId: string;
      /** Bearer token of all servers. */
      readonly token: string;
      /** The servers that are ready. */
      readonly servers: readonly RuntimeServer[];
    }
  /** The servers that are ready have changed. */
  | {
      /** Discriminator. */
      readonly type: 'runtime';
      /** The servers that are ready. */
      readonly servers: readonly RuntimeServer[];
    }
  /** Take no new work, end the running work within `drainMs`, exit with 0. SIGTERM afterwards means: at once. */
  | {
      /** Discriminator. */
      readonly type: 'stop';
      /** Time for the running work, ms. */
      readonly drainMs: number;
    };

/** What a child sends to the supervisor over IPC. */
export type ChildMessage =
  /** It serves. */
  | {
      /** Discriminator. */
      readonly type: 'ready';
      /** Where; `null` for a server that nobody connects to. */
      readonly url: string | null;
    }
  /** It serves worse than it should, or no longer so. */
  | {
      /** Discriminator. */
      readonly type: 'degraded';
      /** Why; `null` when it is well again. */
      readonly reason: string | null;
    }
  /** Each second. */
  | {
      /** Discriminator. */
      readonly type: 'beat';
      /** What the process says about itself. */
      readonly beat: Beat;
    };

/** The message if it is one of a child's, else `null`; a child may use its channel for other things as well. */
export function readChildMessage(value: unknown): ChildMessage | null {
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  const message = value as Record<string, unknown>;
  const isText = (field: unknown) => field === null || typeof field === 'string';
  if (message.type === 'ready' && isText(message.url)) return value as ChildMessage;
  if (message.type === 'degraded' && isText(message.reason)) return value as ChildMessage;
  const beat = message.beat as Partial<Beat> | null | undefined;
  if (message.type === 'beat' && Number.isFinite(beat?.rssBytes) && Number.isFinite(beat?.cpuMs)) {
    return value as ChildMessage;
  }
  return null;
}

/** The message if it is one of a supervisor's, else `null`. */
export function readSupervisorMessage(value: unknown): SupervisorMessage | null {
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  const message = value as Record<string, unknown>;
  if (message.type === 'start' && typeof message.token === 'string' && Array.isArray(message.servers)) {
    return value as SupervisorMessage;
  }
  if (message.type === 'runtime' && Array.isArray(message.servers)) return value as SupervisorMessage;
  if (message.type === 'stop' && Number.isFinite(message.drainMs)) return value as SupervisorMessage;
  return null;
}
