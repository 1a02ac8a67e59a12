import type { Checkpoints } from '@tale/checkpoints';
import { type CallEvent, ModelPoolError } from '@tale/model-pool';
import type { RemotePool } from '@tale/model-pool/remote';
import { callLabels } from '@tale/protocol';
import { type TaskContext, TasksError } from '@tale/tasks';
import { ServerError } from '../server/server-error.js';

export interface PromptTaskPorts {
  readonly pool: RemotePool;
  readonly checkpoints: Checkpoints;
  readonly createId: () => string;
  readonly maxOutputTokens: number;
  /** Resolves once the `models` server is reachable; a task that comes before it has not failed. */
  readonly modelsReady: (signal: AbortSignal) => Promise<void>;
}

/** What the checkpoints of a prompt hold. */
interface PromptState {
  /** Attempts at the call so far, by request. */
  readonly calls?: readonly { readonly run: number; readonly requestId: string }[];
  /** The answer, once it is there. */
  readonly answer?: string;
}

const system = 'You are a helpful assistant. Answer briefly and to the point.';

/**
 * A task of one step: one call of the planning model, with a checkpoint before it and one after. A run that finds the answer in a
 * checkpoint ends without another call.
 */
export function createPromptTask({ pool, checkpoints, createId, maxOutputTokens, modelsReady }: PromptTaskPorts) {
  return async (context: TaskContext): Promise<{ result: string }> => {
    const { task, run, signal, guard } = context;
    const thread = checkpoints.thread(task.id);
    const saved = (await thread.load())?.state as PromptState | undefined;
    if (saved?.answer !== undefined) return { result: saved.answer };

    const requestId = createId();
    const call = { run, requestId };
    // Both are stored before the call, in one group.
    await Promise.all([
      context.stepStart({ step: 1, steps: 1, title: task.title }),
      thread.append({ ops: saved?.calls ? [['+', ['calls'], [call]]] : [['=', ['calls'], [call]]] }, { guard }),
    ]);
    await modelsReady(signal);
    const answer = createAnswer();
    try {
      const events = pool.call({
        role: 'planning',
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: promptOf(task.payload) },
        ],
        maxOutputTokens,
        requestId,
        signal,
        labels: callLabels({ purpose: 'answer', taskId: task.id, stepId: task.id, run }),
      });
      for await (const event of events) answer.take(event);
    } catch (error) {
      // What there is when somebody wants no more is the result. A server that stops, or has lost its lease, has none: the next
      // run begins anew.
      if (isUnwanted(signal) && answer.text() !== '') return { result: answer.text() };
      throw withNextStep(error);
    }
    const { step } = await thread.append(
      {
        ops: [
          ['=', ['answer'], answer.text()],
          ['=', ['model'], answer.model()],
        ],
      },
      { guard },
    );
    await context.stepEnd({ state: 'done', checkpoint: step, error: null });
    return { result: answer.text() };
  };
}

/** What a person can do about a failure that only another prompt or model mends. */
function withNextStep(error: unknown): unknown {
  if (!ModelPoolError.isInstance(error) || error.code !== 'context-too-long') return error;
  return new ServerError(error.code, error.message, {
    cause: error,
    hint: 'Shorten the prompt, split it into several tasks, or set models.planning to a model with a larger context.',
  });
}

/** Whether the task itself was cut, not only this run of it. */
function isUnwanted(signal: AbortSignal): boolean {
  const { reason } = signal;
  return signal.aborted && TasksError.isInstance(reason) && (reason.code === 'cancelled' || reason.code === 'deadline');
}

/** Text of the attempt that goes on; an attempt that failed takes its text with it. */
function createAnswer() {
  let text = '';
  let model = '';
  return {
    take(event: CallEvent): void {
      if (event.type === 'call-start') {
        text = '';
        model = event.model;
      } else if (event.type === 'text-delta') text += event.text;
    },
    text: () => text,
    model: () => model,
  };
}

function promptOf(payload: unknown): string {
  const prompt = typeof payload === 'object' && payload !== null && 'prompt' in payload ? payload.prompt : undefined;
  if (typeof prompt !== 'string') throw new ServerError('invalid-request', 'The task holds no prompt.');
  return prompt;
}
