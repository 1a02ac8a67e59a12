import type { Checkpoints } from '@tale/checkpoints';
import type { RemotePool } from '@tale/model-pool/remote';
import { callLabels } from '@tale/protocol';
import type { TaskContext } from '@tale/tasks';
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

    await context.stepStart({ step: 1, steps: 1, title: task.title });
    const requestId = createId();
    const call = { run, requestId };
    await thread.append({ ops: saved?.calls ? [['+', ['calls'], [call]]] : [['=', ['calls'], [call]]] }, { guard });
    await modelsReady(signal);
    try {
      const { text, end } = await pool.generate({
        role: 'planning',
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: promptOf(task.payload) },
        ],
        maxOutputTokens,
        requestId,
        replayable: true,
        signal,
        labels: callLabels({ purpose: 'answer', taskId: task.id, stepId: task.id, run }),
      });
      const { step } = await thread.append(
        {
          ops: [
            ['=', ['answer'], text],
            ['=', ['model'], end.model],
          ],
        },
        { guard },
      );
      await context.stepEnd({ state: 'done', checkpoint: step, error: null });
      return { result: text };
    } catch (error) {
      // What there is of a cancelled answer is its result; everything else is the task engine's to judge.
      const partial = signal.aborted ? partialTextOf(error) : null;
      if (partial !== null && partial !== '') return { result: partial };
      throw error;
    }
  };
}

function promptOf(payload: unknown): string {
  const prompt = typeof payload === 'object' && payload !== null && 'prompt' in payload ? payload.prompt : undefined;
  if (typeof prompt !== 'string') throw new ServerError('invalid-request', 'The task holds no prompt.');
  return prompt;
}

function partialTextOf(error: unknown): string | null {
  return error instanceof Error && 'partialText' in error && typeof error.partialText === 'string'
    ? error.partialText
    : null;
}
