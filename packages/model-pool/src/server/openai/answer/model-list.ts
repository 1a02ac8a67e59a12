import type { ServedModel } from '../call/served-models.js';

/** A model as `GET /v1/models/<id>` tells it. When it was made is not known, and OpenAI's shape wants a number. */
export function modelBody({ id }: ServedModel): object {
  return { id, object: 'model', created: 0, owned_by: 'tale' };
}

/** The answer of `GET /v1/models`. */
export function modelList(models: readonly ServedModel[]): object {
  return { object: 'list', data: models.map(modelBody) };
}
