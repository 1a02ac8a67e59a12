import { LocalEngineError } from '../errors.js';
import type { Route } from './route.js';
import { aboutRoute, versionRoute } from './routes/about.js';
import { chatRoute } from './routes/chat.js';
import { generateRoute } from './routes/generate.js';
import { deleteRoute, psRoute, showRoute, tagsRoute } from './routes/models.js';
import { pullRoute } from './routes/pull.js';

const routes: Readonly<Record<string, Route>> = {
  'GET /': aboutRoute,
  'HEAD /': aboutRoute,
  'GET /api/version': versionRoute,
  'HEAD /api/version': versionRoute,
  'GET /api/tags': tagsRoute,
  'HEAD /api/tags': tagsRoute,
  'GET /api/ps': psRoute,
  'POST /api/show': showRoute,
  'POST /api/chat': chatRoute,
  'POST /api/generate': generateRoute,
  'POST /api/pull': pullRoute,
  'DELETE /api/delete': deleteRoute,
};

// What else Ollama serves.
const unsupported = /^\/(api\/(create|copy|push|embed|embeddings|blobs\/.*)|v1\/.*)$/;

/** The route of a request. @throws {@link LocalEngineError} `not-supported`; `null` where Ollama has none either */
export function findRoute(method: string, path: string): Route | null {
  const key = `${method} ${path}`;
  if (Object.hasOwn(routes, key)) return routes[key] ?? null;
  if (unsupported.test(path)) throw new LocalEngineError('not-supported', 'not supported by local-engine');
  return null;
}

/** Whether another method has a route at this path. */
export function isKnownPath(path: string): boolean {
  return Object.keys(routes).some((key) => key.endsWith(` ${path}`));
}
