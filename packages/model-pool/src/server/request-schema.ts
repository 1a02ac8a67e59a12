import * as z from 'zod/mini';

const id = z.nullable(z.string().check(z.maxLength(200)));

const labels = z.partial(
  z.strictObject({
    project: z.string().check(z.maxLength(200)),
    taskId: id,
    stepId: id,
    run: z.nullable(z.int()),
    conversationId: id,
    userId: id,
    purpose: z.enum(['answer', 'acknowledge', 'intent', 'plan', 'summary', 'canary', 'other']),
  }),
);

/** Body of `POST /v1/calls`. */
export const callBody = z.strictObject({
  role: z.enum(['ux', 'planning', 'conversation', 'task']),
  messages: z.optional(z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))),
  prompt: z.optional(z.string()),
  system: z.optional(z.string()),
  format: z.optional(z.union([z.literal('json'), z.record(z.string(), z.json())])),
  maxOutputTokens: z.optional(z.number()),
  temperature: z.optional(z.number()),
  requestId: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  deadlineMs: z.optional(z.number()),
  labels: z.optional(labels),
  replayable: z.optional(z.boolean()),
});

/** Body of `POST /v1/pool/…`. */
export const modelBody = z.strictObject({
  model: z.string().check(z.minLength(1), z.maxLength(300)),
  backend: z.optional(z.string()),
});
