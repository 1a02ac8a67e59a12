import type { CallRequest } from '../../../types.js';

/** A request for text of OpenAI's API, as a call of the pool and what its answer looks like. */
export interface RequestedCall {
  /** Name of the model that is asked for. */
  readonly model: string;
  /** The call, but for who answers it. */
  readonly call: Omit<CallRequest, 'role'>;
  /** How much thought is asked for. */
  readonly effort: string | null;
  /** Whether the answer comes piece by piece. */
  readonly isStream: boolean;
  /** Whether a stream ends with its usage. */
  readonly includesUsage: boolean;
  /** Whether only the first call of a tool is handed on. */
  readonly isOneTool: boolean;
}
