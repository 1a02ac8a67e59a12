/** What a call is for; only `answer` streams to the user as the result. */
export type CallPurpose = 'answer' | 'acknowledge' | 'intent' | 'plan' | 'summary' | 'canary' | 'other';

/** Whose call it is; passes through every event of the call unchanged. */
export interface CallLabels {
  /** Name of the project. */
  project: string;
  /** The task, or `null`. */
  taskId: string | null;
  /** The step, or `null`. */
  stepId: string | null;
  /** The attempt at the step, or `null`. */
  run: number | null;
  /** The conversation, or `null`. */
  conversationId: string | null;
  /** The user, or `null`. */
  userId: string | null;
  /** What the call is for. */
  purpose: CallPurpose;
}

/** Labels of a call; what is left out is `null`, the project `default`. */
export function callLabels(labels: Partial<CallLabels> & Pick<CallLabels, 'purpose'>): CallLabels {
  return {
    project: labels.project ?? 'default',
    taskId: labels.taskId ?? null,
    stepId: labels.stepId ?? null,
    run: labels.run ?? null,
    conversationId: labels.conversationId ?? null,
    userId: labels.userId ?? null,
    purpose: labels.purpose,
  };
}

/** All text of a call so far; a stream that begins in mid-call sends it instead of the deltas before. */
export interface TextSnapshot {
  /** Always `text-snapshot`. */
  type: 'text-snapshot';
  /** The call. */
  callId: string;
  /** Joins the attempts of one request. */
  requestId: string;
  /** Text so far. */
  text: string;
  /** Whose call it is. */
  labels: CallLabels;
}
