import type { McpTool } from '@tale/mcp-transport';
import { normalizePrompt, ProtocolError, toWireInstants } from '@tale/protocol';
import type { Tasks } from '@tale/tasks';
import * as z from 'zod/mini';
import { ServerError } from '../server/server-error.js';
import type { Acknowledge } from './acknowledge.js';
import { taskNotFound } from './task-not-found.js';
import { readTaskQuery, taskQuerySchema } from './task-query.js';
import type { TaskViews } from './task-views.js';

export interface ToolPorts {
  readonly tasks: Tasks;
  readonly views: TaskViews;
  readonly acknowledge: Acknowledge;
  readonly now: () => number;
}

const taskId = z.string().check(z.minLength(1), z.maxLength(64));

/** The gateway's tools; each is one operation on tasks. */
export function gatewayTools({ tasks, views, acknowledge, now }: ToolPorts): readonly McpTool[] {
  const viewOf = async (id: string) => {
    const view = await views.one(id);
    if (!view) throw taskNotFound(id);
    return view;
  };

  return [
    tool({
      name: 'submit_task',
      description: 'Stores a task durably and returns its id. Equal idempotency keys give the same task.',
      input: z.strictObject({
        prompt: z.string(),
        title: z.optional(z.string().check(z.maxLength(500))),
        priority: z.optional(z.int().check(z.minimum(0), z.maximum(9))),
        maxTimeMs: z.optional(z.int().check(z.minimum(1))),
        acknowledge: z.optional(z.boolean()),
      }),
      annotations: { idempotentHint: false, destructiveHint: false },
      async run({ prompt: text, title, priority, maxTimeMs, acknowledge: wanted = true }, { idempotencyKey }) {
        const prompt = acceptPrompt(text);
        const { task, created } = await tasks.submit(
          {
            kind: 'prompt',
            title: title ?? titleOf(prompt),
            payload: { prompt },
            ...(priority === undefined ? {} : { priority }),
            ...(maxTimeMs === undefined ? {} : { deadlineAtMs: now() + maxTimeMs }),
          },
          idempotencyKey === null ? {} : { key: idempotencyKey },
        );
        if (created && wanted) acknowledge(task.id, prompt);
        return { structured: { taskId: task.id, forecast: null }, text: `Task ${task.id} is queued.` };
      },
    }),
    tool({
      name: 'task_status',
      description: 'State, progress, tokens, runs and result of a task.',
      input: z.strictObject({ taskId }),
      annotations: { readOnlyHint: true },
      run: async ({ taskId: id }) => ({ structured: await viewOf(id) }),
    }),
    tool({
      name: 'list_tasks',
      description: 'Tasks, newest first.',
      input: taskQuerySchema,
      annotations: { readOnlyHint: true },
      async run(query) {
        const { tasks: page, next } = await tasks.list(readTaskQuery(query));
        return { structured: { tasks: await views.many(page), next } };
      },
    }),
    tool({
      name: 'cancel_task',
      description: 'Stops a task; what is ready of its result is kept.',
      input: z.strictObject({ taskId, reason: z.optional(z.string().check(z.maxLength(500))) }),
      annotations: { idempotentHint: true },
      async run({ taskId: id, reason = 'cancelled by the user' }) {
        await tasks.cancel(id, reason);
        return { structured: await viewOf(id) };
      },
    }),
    tool({
      name: 'task_events',
      description: 'Events of a task, or of all, after a sequence number.',
      input: z.strictObject({
        taskId: z.optional(taskId),
        after: z.optional(z.int().check(z.minimum(0))),
        limit: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
      }),
      annotations: { readOnlyHint: true },
      async run({ taskId: id, after = 0, limit = 100 }) {
        const events = await tasks.readEvents({ after, limit, ...(id === undefined ? {} : { taskId: id }) });
        return { structured: { events: events.map(toWireInstants) } };
      },
    }),
  ];
}

/** Keeps the type of the arguments that the schema infers. */
function tool<Arguments>(definition: McpTool<Arguments>): McpTool {
  return definition as McpTool;
}

function acceptPrompt(text: string): string {
  try {
    return normalizePrompt(text);
  } catch (error) {
    if (!ProtocolError.isInstance(error)) throw error;
    throw new ServerError(error.code, error.message, {
      cause: error,
      hint: error.code === 'prompt-empty' ? 'Say what to do.' : 'Shorten it, or split it into several tasks.',
      details: error.limitCharacters === null ? {} : { limitCharacters: error.limitCharacters },
    });
  }
}

const longestTitle = 80;

/** First line of the prompt that is not blank, shortened. */
function titleOf(prompt: string): string {
  const line = prompt.trim().split(/\r?\n/, 1)[0] ?? '';
  const characters = [...line];
  return characters.length > longestTitle ? `${characters.slice(0, longestTitle - 1).join('')}…` : line;
}
