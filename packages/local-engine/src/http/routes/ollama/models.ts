import { runningLine, showAnswer, tagLine } from '../../../wire/ollama/models.js';
import { nameRequest } from '../../../wire/ollama/requests.js';
import { readRequest } from '../../../wire/read-request.js';
import type { Route } from '../../route.js';

/** GET `/api/tags`. */
export const tagsRoute: Route = async ({ answer }, { models }) =>
  answer.json({ models: (await models.list()).map((manifest) => tagLine(manifest, models.capabilities(manifest))) });

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
  const manifest = await models.find(model ?? name ?? '');
  answer.json(showAnswer(manifest, models.capabilities(manifest)));
};

/** DELETE `/api/delete`. */
export const deleteRoute: Route = async ({ body, answer }, { models }) => {
  const { model, name } = readRequest(nameRequest, body);
  await models.remove(model ?? name ?? '');
  answer.text('');
};
