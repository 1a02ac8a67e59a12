import * as z from 'zod/mini';

const json = z.record(z.string(), z.json());
const id = z.nullable(z.string().check(z.maxLength(200)));

const labels = z.strictObject({
  project: z.exactOptional(z.string().check(z.maxLength(200))),
  taskId: z.exactOptional(id),
  stepId: z.exactOptional(id),
  run: z.exactOptional(z.nullable(z.int())),
  conversationId: z.exactOptional(id),
  userId: z.exactOptional(id),
  purpose: z.exactOptional(z.enum(['answer', 'acknowledge', 'intent', 'plan', 'summary', 'canary', 'other'])),
});

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  toolCalls: z.optional(z.array(z.strictObject({ id: z.string(), name: z.string(), arguments: json }))),
  toolCallId: z.optional(z.string()),
  toolName: z.optional(z.string()),
});

const tool = z.strictObject({ name: z.string(), description: z.optional(z.string()), parameters: json });

const question = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('noul'),
    instructions: z.string(),
    criteria: z.optional(z.strictObject({ true: z.optional(z.string()), false: z.optional(z.string()) })),
  }),
  z.strictObject({
    type: z.literal('choice'),
    instructions: z.string(),
    criteria: z.record(z.string(), z.nullable(z.string())),
  }),
  z.strictObject({ type: z.literal('score'), instructions: z.string(), criteria: z.array(z.string()) }),
]);

const role = z.enum(['ux', 'planning', 'conversation', 'task']);

/** What calls of every kind have. */
const shared = {
  requestId: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  deadlineMs: z.optional(z.number()),
  labels: z.optional(labels),
};

/** Body of `POST /v1/calls` that asks for text: the options of `pool.call`. Ranges are checked by the pool. */
export const textBody = z.strictObject({
  ...shared,
  role,
  messages: z.optional(z.array(message)),
  prompt: z.optional(z.string()),
  system: z.optional(z.string()),
  format: z.optional(z.union([z.literal('json'), json])),
  maxOutputTokens: z.optional(z.number()),
  temperature: z.optional(z.number()),
  topP: z.optional(z.number()),
  seed: z.optional(z.number()),
  stop: z.optional(z.array(z.string())),
  tools: z.optional(z.array(tool)),
  toolChoice: z.optional(z.union([z.enum(['auto', 'none', 'required']), z.strictObject({ name: z.string() })])),
  preferredModel: z.optional(z.string()),
  coverWhileLoading: z.optional(z.literal('ux')),
  replayable: z.optional(z.boolean()),
});

/** Body of `POST /v1/pool/count`: the options of `pool.countTokens`. */
export const countBody = z.strictObject({
  role: z.optional(role),
  model: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  messages: z.array(message),
  tools: z.optional(z.array(tool)),
});

/** Body of `POST /v1/calls` that asks for vectors: the options of `pool.embed`. */
export const embedBody = z.strictObject({
  ...shared,
  input: z.array(z.string()),
  preferredModel: z.optional(z.string()),
});

/** Body of `POST /v1/calls` that asks questions: the options of `pool.decide`. */
export const decideBody = z.strictObject({
  ...shared,
  role: z.optional(role),
  state: z.string(),
  questions: z.record(z.string(), question),
});
