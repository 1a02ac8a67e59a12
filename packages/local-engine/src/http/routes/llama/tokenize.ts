import { tokenizeRequest } from '../../../wire/llama/requests.js';
import { readRequest } from '../../../wire/read-request.js';
import { toCallOptions } from '../../call-wishes.js';
import type { Route } from '../../route.js';
import { anyContext, findLoaded } from './loaded-model.js';

/** POST `/tokenize`: the tokens of a text, by a model that is loaded. */
export const tokenizeRoute: Route = async (request, { models }) => {
  const { model, content, add_special: addSpecial } = readRequest(tokenizeRequest, request.body);
  const manifest = await findLoaded(models, model ?? null);
  const { tokens } = await models
    .runner(manifest)
    .call(
      { kind: 'tokenize', text: content, addSpecial: addSpecial ?? false },
      { ...toCallOptions({ keepAliveMs: null }, manifest, request, models), contextTokens: anyContext },
    );
  request.answer.json({ tokens });
};
