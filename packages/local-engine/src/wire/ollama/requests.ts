import * as z from 'zod/mini';
import { jsonObject, modelName } from '../read-request.js';
import { toolList } from '../tools.js';
import { chatMessages } from './messages.js';

const shared = {
  model: modelName,
  options: z.nullish(jsonObject),
  keep_alive: z.optional(z.unknown()),
};

const text = {
  ...shared,
  stream: z.nullish(z.boolean()),
  format: z.optional(z.unknown()),
  think: z.optional(z.unknown()),
  truncate: z.nullish(z.boolean()),
  shift: z.nullish(z.boolean()), // a context is never shifted: an answer ends where it does
  logprobs: z.nullish(z.boolean()),
  top_logprobs: z.nullish(z.int()),
};

/** Body of `/api/chat`. */
export const chatRequest = z.looseObject({ ...text, messages: z.nullish(chatMessages), tools: toolList });

/** Body of `/api/generate`. */
export const generateRequest = z.looseObject({
  ...text,
  prompt: z.nullish(z.string()),
  suffix: z.nullish(z.string()),
  system: z.nullish(z.string()),
  template: z.nullish(z.string()),
  raw: z.nullish(z.boolean()),
  images: z.nullish(z.array(z.unknown())),
  context: z.optional(z.unknown()),
});

const dimensions = z.nullish(z.int().check(z.gte(1)));
const texts = z.union([z.string(), z.array(z.string())]);

/** Body of `/api/embed`. */
export const embedRequest = z.looseObject({
  ...shared,
  input: z.nullish(texts),
  truncate: z.nullish(z.boolean()),
  dimensions,
});

/** Body of `/api/embeddings`, the older route. */
export const embeddingsRequest = z.looseObject({
  ...shared,
  prompt: z.nullish(texts),
  truncate: z.nullish(z.boolean()),
  dimensions,
});

/** Body of `/api/pull`, `/api/show` and `/api/delete`: `name` is the older key. */
export const nameRequest = z
  .looseObject({ model: z.optional(modelName), name: z.optional(modelName), stream: z.nullish(z.boolean()) })
  .check(z.refine((body) => (body.model ?? body.name) !== undefined, 'model is required'));
