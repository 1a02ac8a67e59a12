import { pullLine } from '../../wire/pull-lines.js';
import { nameRequest, readRequest } from '../../wire/requests.js';
import type { Route } from '../route.js';

/** POST `/api/pull`: names of the catalogue, never an address. */
export const pullRoute: Route = async ({ body, answer, signal }, { puller }) => {
  const { model, name, stream } = readRequest(nameRequest, body);
  const isStream = stream ?? true;
  await puller.pull(model ?? name ?? '', {
    signal,
    onEvent(event) {
      if (isStream) answer.line(pullLine(event));
    },
  });
  if (isStream) answer.end({ status: 'success' });
  else answer.json({ status: 'success' });
};
