import type { Checkpoints, Thread } from '@tale/checkpoints';
import type { FittedPrompt, ModelMessage, ModelWindow, Windows } from '@tale/context';
import type { CallEnd, CallEvent } from '@tale/model-pool';
import type { RemotePool } from '@tale/model-pool/remote';
import { callLabels } from '@tale/protocol';
import { type TaskContext, TasksError } from '@tale/tasks';
import { ServerError } from '../server/server-error.js';
import type { PlanningWindow } from './planning-window.js';
import { createPromptWindow } from './prompt-window.js';
import type { TaskMemory, TaskRecall } from './task-memory.js';

export interface PromptTaskPorts {
  readonly pool: RemotePool;
  readonly checkpoints: Checkpoints;
  /** What the user's history holds for a prompt. */
  readonly memory: TaskMemory;
  readonly windows: Pick<Windows, 'fitPrompt' | 'observe'>;
  readonly planningWindow: PlanningWindow;
  readonly createId: () => string;
  readonly maxOutputTokens: number;
  /** Resolves once the `models` server is reachable; a task that comes before it has not failed. */
  readonly modelsReady: (signal: AbortSignal) => Promise<void>;
}

/** What the checkpoints of a prompt hold. */
interface PromptState {
  /** Attempts at the call so far, by request. */
  readonly calls?: readonly { readonly run: number; readonly requestId: string }[];
  /** What of the user's history the newest call was given: ids, never texts, so that nothing outlives a `forget` here. */
  readonly history?: { readonly ids: readonly string[]; readonly left: number; readonly failed: readonly string[] };
  /** The answer, once it is there. */
  readonly answer?: string;
}

const system = 'You are a helpful assistant. Answer briefly and to the point.';

/** Share of the window for what the history holds, and most tokens of it: it is evaluated with every call. */
const historyShare = 1 / 8;
const mostHistoryTokens = 1_200;

/**
 * A task of one step: one call of the planning model, with a checkpoint before it and one after. A run that finds the answer in a
 * checkpoint ends without another call. What the user's history holds for the prompt goes with it as labelled data, as much as the window has
 * room for.
 */
export function createPromptTask(ports: PromptTaskPorts) {
  const { pool, checkpoints, memory, planningWindow, createId, maxOutputTokens, modelsReady } = ports;
  const promptWindow = createPromptWindow(ports.windows);

  return async (context: TaskContext): Promise<{ result: string }> => {
    const { task, run, signal, guard } = context;
    const thread = checkpoints.thread(task.id);
    const saved = (await thread.load())?.state as PromptState | undefined;
    if (saved?.answer !== undefined) return { result: saved.answer };
    const prompt = promptOf(task.payload);

    let isStarted = false;
    const start = async () => {
      if (isStarted) return;
      isStarted = true;
      await context.stepStart({ step: 1, steps: 1, title: task.title });
    };
    const window = planningWindow.known() ?? (await firstWindow(start, signal));
    const recalled = await recall(window, prompt, saved, signal);
    let isFirstCall = saved?.calls === undefined;
    let fit: FittedPrompt | null = null;
    for (;;) {
      fit = window && (await promptWindow.fit(window, { system, prompt, items: recalled.items }, fit, signal));
      const requestId = createId();
      // Both are stored before the call, in one group.
      await Promise.all([start(), store(thread, { run, requestId }, { fit, recalled, isFirstCall }, context)]);
      isFirstCall = false;
      await modelsReady(signal);
      const answer = createAnswer();
      try {
        const events = pool.call({
          role: 'planning',
          messages: fit?.messages ?? bareMessages(prompt),
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
        const outcome = await promptWindow.failed(fit, error);
        if (outcome.kind === 'ok') throw error;
        planningWindow.forget();
        if (outcome.kind === 'over') throw outcome.error;
        continue;
      }
      const end = answer.end();
      if (fit !== null && window !== null && end !== null) {
        const outcome = await promptWindow.answered(window, fit, end);
        if (outcome.kind !== 'ok') planningWindow.forget();
        if (outcome.kind === 'over') throw outcome.error;
        if (outcome.kind === 'again') continue;
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
    }
  };

  /** The step is told before a wait for the models. */
  async function firstWindow(start: () => Promise<void>, signal: AbortSignal): Promise<ModelWindow | null> {
    await start();
    await modelsReady(signal);
    return planningWindow.get(signal);
  }

  async function recall(
    window: ModelWindow | null,
    prompt: string,
    saved: PromptState | undefined,
    signal: AbortSignal,
  ): Promise<TaskRecall> {
    if (window === null) return { items: [], left: 0, failed: [] };
    const maxTokens = Math.min(mostHistoryTokens, Math.floor(window.contextTokens * historyShare));
    return memory.recall({ prompt, ids: saved?.history?.ids ?? null, maxTokens }, signal);
  }
}

/** What is known before a call. */
async function store(
  thread: Thread,
  call: { readonly run: number; readonly requestId: string },
  facts: { readonly fit: FittedPrompt | null; readonly recalled: TaskRecall; readonly isFirstCall: boolean },
  { guard, progress }: Pick<TaskContext, 'guard' | 'progress'>,
): Promise<void> {
  const { fit, recalled, isFirstCall } = facts;
  const ids = fit?.data.ids ?? [];
  const left = recalled.left + (fit?.data.left.length ?? 0);
  const history = { ids: [...ids], left, failed: [...recalled.failed] };
  const added = isFirstCall ? (['=', ['calls'], [call]] as const) : (['+', ['calls'], [call]] as const);
  if (ids.length > 0) progress({ step: 1, steps: 1, percent: null, etaMs: null, message: historyLine(recalled, ids) });
  await thread.append({ ops: [added, ['=', ['history'], history]] }, { guard });
}

const namedLines = 4;

/** For people: which lines of their history a call was given. */
function historyLine({ items }: TaskRecall, ids: readonly string[]): string {
  const named = items.filter(({ id }) => ids.includes(id)).slice(0, namedLines);
  const more = ids.length > named.length ? ` and ${ids.length - named.length} more` : '';
  return `with its history: ${named.map(({ label, id }) => `${label} ${id}`).join(', ')}${more}`;
}

function bareMessages(prompt: string): ModelMessage[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
  ];
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
  let end: CallEnd | null = null;
  return {
    take(event: CallEvent): void {
      if (event.type === 'call-start') {
        text = '';
        model = event.model;
      } else if (event.type === 'text-delta') text += event.text;
      else if (event.type === 'call-end') end = event;
    },
    text: () => text,
    model: () => model,
    end: () => end,
  };
}

function promptOf(payload: unknown): string {
  const prompt = typeof payload === 'object' && payload !== null && 'prompt' in payload ? payload.prompt : undefined;
  if (typeof prompt !== 'string') throw new ServerError('invalid-request', 'The task holds no prompt.');
  return prompt;
}
