import { templateRequest } from '../../../wire/llama/requests.js';
import { fromOpenaiMessages } from '../../../wire/openai/messages.js';
import { readRequest } from '../../../wire/read-request.js';
import { toToolFunctions } from '../../../wire/tools.js';
import { toCallOptions } from '../../call-wishes.js';
import type { Route } from '../../route.js';
import { anyContext, findLoaded } from './loaded-model.js';

/** POST `/apply-template`: a conversation as a loaded model reads it, and how many tokens that is. */
export const templateRoute: Route = async (request, { models }) => {
  const { model, messages, tools } = readRequest(templateRequest, request.body);
  const manifest = await findLoaded(models, model ?? null);
  const { prompt, tokens } = await models
    .runner(manifest)
    .call(
      { kind: 'template', messages: fromOpenaiMessages(messages), tools: toToolFunctions(tools) },
      { ...toCallOptions({ keepAliveMs: null }, manifest, request, models), contextTokens: anyContext },
    );
  request.answer.json({ prompt, tokens });
};
