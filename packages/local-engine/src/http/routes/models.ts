import { runningLine, showAnswer, tagLine } from '../../wire/models.js';
import { nameRequest, readRequest } from '../../wire/requests.js';
import type { Route } from '../route.js';

/** GET `/api/tags`. */
export const tagsRoute: Route = async ({ answer }, { models }) =>
  answer.json({ models: (await models.list()).map(tagLine) });

/** GET `/api/ps`: models by time left; those that are being loaded stand beside, in `loading`. */
export const psRoute: Route = ({ answer }, { models }) => {
  const running = models.running();
  const ready = running
    .filter(({ status }) => status.state === 'ready')
    .sort((a, b) => a.status.expiresAtMs - b.status.expiresAtMs);
  const loading = running.filter(({ status }) => status.state === 'loading');
  answer.json({
    models: ready.map(({ manifest, status }) => runningLine(manifest, status)),
    loading: loading.map(({ manifest, status }) => ({ name: manifest.name, progress: status.progress })),
  });
};

/** POST `/api/show`. */
export const showRoute: Route = async ({ body, answer }, { models }) => {
  const { model, name } = readRequest(nameRequest, body);
  answer.json(showAnswer(await models.find(model ?? name ?? '')));
};

/** DELETE `/api/delete`. */
export const deleteRoute: Route = async ({ body, answer }, { models }) => {
  const { model, name } = readRequest(nameRequest, body);
  await models.remove(model ?? name ?? '');
  answer.text('');
};
