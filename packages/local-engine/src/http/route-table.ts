import { LocalEngineError } from '../errors.js';
import { type Api, ollamaApi, openaiApi } from './api.js';
import { RequestError } from './request-error.js';
import type { Route } from './route.js';
import { templateRoute } from './routes/llama/apply-template.js';
import { tokenizeRoute } from './routes/llama/tokenize.js';
import { aboutRoute, versionRoute } from './routes/ollama/about.js';
import { chatRoute } from './routes/ollama/chat.js';
import { embeddingsRoute, embedRoute } from './routes/ollama/embed.js';
import { generateRoute } from './routes/ollama/generate.js';
import { deleteRoute, psRoute, showRoute, tagsRoute } from './routes/ollama/models.js';
import { pullRoute } from './routes/ollama/pull.js';
import { openaiChatRoute } from './routes/openai/chat-completions.js';
import { completionRoute } from './routes/openai/completions.js';
import { openaiEmbeddingsRoute } from './routes/openai/embeddings.js';
import { openaiModelRoute, openaiModelsRoute } from './routes/openai/models.js';
import { systemoneRoute } from './routes/openai/systemone.js';

/** What Ollama serves and this engine does not. */
const unsupported = null;

/** All routes. A path that ends with `*` stands for all that begin like it; a method `*` for every method. */
export const routes: readonly (readonly [method: string, path: string, api: Api, route: Route | null])[] = [
  ['GET', '/', ollamaApi, aboutRoute],
  ['GET', '/api/version', ollamaApi, versionRoute],
  ['GET', '/api/tags', ollamaApi, tagsRoute],
  ['GET', '/api/ps', ollamaApi, psRoute],
  ['POST', '/api/show', ollamaApi, showRoute],
  ['POST', '/api/chat', ollamaApi, chatRoute],
  ['POST', '/api/generate', ollamaApi, generateRoute],
  ['POST', '/api/embed', ollamaApi, embedRoute],
  ['POST', '/api/embeddings', ollamaApi, embeddingsRoute],
  ['POST', '/api/pull', ollamaApi, pullRoute],
  ['DELETE', '/api/delete', ollamaApi, deleteRoute],
  ['*', '/api/create', ollamaApi, unsupported],
  ['*', '/api/copy', ollamaApi, unsupported],
  ['*', '/api/push', ollamaApi, unsupported],
  ['*', '/api/blobs/*', ollamaApi, unsupported],
  ['GET', '/v1/models', openaiApi, openaiModelsRoute],
  ['GET', '/v1/models/*', openaiApi, openaiModelRoute],
  ['POST', '/v1/chat/completions', openaiApi, openaiChatRoute],
  ['POST', '/v1/completions', openaiApi, completionRoute],
  ['POST', '/v1/embeddings', openaiApi, openaiEmbeddingsRoute],
  ['POST', '/v1/systemone', openaiApi, systemoneRoute],
  ['*', '/v1/messages', ollamaApi, unsupported],
  ['*', '/v1/responses', ollamaApi, unsupported],
  ['POST', '/tokenize', openaiApi, tokenizeRoute],
  ['POST', '/apply-template', openaiApi, templateRoute],
];

/** Where a request goes. */
export interface FoundRoute {
  readonly route: Route;
  readonly rest: string;
}

/** The API that a path belongs to, known or not. */
export function apiOf(path: string): Api {
  return routes.find(([, pattern]) => matchPath(pattern, path) !== null)?.[2] ?? (isV1(path) ? openaiApi : ollamaApi);
}

/**
 * The route of a request; HEAD is answered as GET, without a body.
 *
 * @throws {@link LocalEngineError} `not-supported`; RequestError 404, 405
 */
export function findRoute(method: string, path: string): FoundRoute {
  const wanted = method === 'HEAD' ? 'GET' : method;
  let isKnown = false;
  for (const [routeMethod, pattern, , route] of routes) {
    const rest = matchPath(pattern, path);
    if (rest === null) continue;
    isKnown = true;
    if (routeMethod !== wanted && routeMethod !== '*') continue;
    if (route === null) throw new LocalEngineError('not-supported', 'not supported by local-engine');
    return { route, rest };
  }
  throw isKnown ? new RequestError(405, 'method not allowed') : new RequestError(404, 'not found');
}

const isV1 = (path: string) => path === '/v1' || path.startsWith('/v1/');

function matchPath(pattern: string, path: string): string | null {
  if (!pattern.endsWith('*')) return path === pattern ? '' : null;
  const start = pattern.slice(0, -1);
  if (!path.startsWith(start) || path === start) return null;
  try {
    return decodeURIComponent(path.slice(start.length));
  } catch {
    return null;
  }
}
