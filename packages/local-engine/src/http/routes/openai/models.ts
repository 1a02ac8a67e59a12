import { openaiModel, openaiModelList } from '../../../wire/openai/models.js';
import type { Route } from '../../route.js';

/** GET `/v1/models`. */
export const openaiModelsRoute: Route = async ({ answer }, { models }) =>
  answer.json(openaiModelList(await models.list()));

/** GET `/v1/models/<id>`. */
export const openaiModelRoute: Route = async ({ answer, rest }, { models }) =>
  answer.json(openaiModel(await models.find(rest)));
