import * as z from 'zod/mini';
import { openaiMessages } from '../openai/messages.js';
import { modelName } from '../read-request.js';
import { toolList } from '../tools.js';

const model = z.nullish(modelName);

/** Body of `POST /tokenize`; without `model` the one that is loaded. */
export const tokenizeRequest = z.looseObject({
  model,
  content: z.string(),
  add_special: z.nullish(z.boolean()),
  with_pieces: z.nullish(z.literal(false, 'only false is supported')),
});

/** Body of `POST /apply-template`. */
export const templateRequest = z.looseObject({ model, messages: openaiMessages, tools: toolList });
