import { pullLine } from '../../../wire/ollama/pull-lines.js';
import { nameRequest } from '../../../wire/ollama/requests.js';
import { readRequest } from '../../../wire/read-request.js';
import type { Route } from '../../route.js';

/** POST `/api/pull`: names of the catalogue, never an address. */
export const pullRoute: Route = async ({ body, answer, signal }, { puller }) => {
  const { model, name, stream } = readRequest(nameRequest, body);
  const isStream = stream ?? true;
  await puller.pull(model ?? name ?? '', {
    signal,
    onEvent(event) {
      if (isStream) answer.part(pullLine(event));
    },
  });
  if (!isStream) return answer.json({ status: 'success' });
  answer.part({ status: 'success' });
  answer.end();
};
