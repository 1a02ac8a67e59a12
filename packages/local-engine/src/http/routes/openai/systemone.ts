import { demandAbilities } from '../../../wire/capabilities.js';
import { parseKeepAlive } from '../../../wire/ollama/keep-alive.js';
import { readRequest } from '../../../wire/read-request.js';
import { systemoneAnswer } from '../../../wire/systemone/answer.js';
import { systemoneRequest, toQuestions } from '../../../wire/systemone/request.js';
import { toCallOptions } from '../../call-wishes.js';
import type { Route } from '../../route.js';

/** POST `/v1/systemone`: questions with a closed set of answers, read off the model's probabilities. */
export const systemoneRoute: Route = async (request, { models }) => {
  const body = readRequest(systemoneRequest, request.body);
  const keepAliveMs = parseKeepAlive(body.keep_alive);
  const questions = toQuestions(body.questions);
  const manifest = await models.find(body.model);
  demandAbilities(body.model, models.capabilities(manifest), { chat: true });
  const result = await models
    .runner(manifest)
    .call({ kind: 'decide', state: body.state, questions }, toCallOptions({ keepAliveMs }, manifest, request, models));
  request.answer.json(systemoneAnswer(body.model, questions, result));
};
