import { llamaServerRoutes, openAiRoutes } from '../fake-openai/routes.js';
import { serverError } from '../fake-openai/server-error.js';
import { openAiTextRoute } from '../fake-openai/text-route.js';
import { systemoneRoute, templateRoute, tokenizeRoute } from './decide-routes.js';
import { embeddingsRoute, embedRoute } from './embed-routes.js';
import type { FakeExchange } from './exchange.js';
import type { FakeFault } from './faults.js';
import { deleteRoute, psRoute, pullRoute, showRoute, tagsRoute, versionRoute } from './model-routes.js';
import { ollamaError } from './ollama-dialect.js';
import { playFirst } from './play-fault.js';
import { nameOf } from './request-body.js';
import type { FakeState } from './state.js';
import { textRoute } from './text-routes.js';

/** Answers one kind of request; the fault is one that happens in the middle of it. */
export type FakeRoute = (state: FakeState, exchange: FakeExchange, fault: FakeFault | null) => Promise<void> | void;

/** Routes whose faults are their own affair: they happen in the middle of an answer or a load as well. */
const textRoutes: Readonly<Record<string, FakeRoute>> = {
  'POST /api/chat': textRoute,
  'POST /api/generate': textRoute,
};

const openAiTextRoutes: Readonly<Record<string, FakeRoute>> = {
  'POST /v1/chat/completions': openAiTextRoute,
  'POST /v1/completions': openAiTextRoute,
};

const otherRoutes: Readonly<Record<string, FakeRoute>> = {
  'GET /': (_, exchange) => exchange.text(200, 'Ollama is running'),
  'HEAD /': (_, exchange) => exchange.text(200, ''),
  'GET /api/version': versionRoute,
  'GET /api/tags': tagsRoute,
  'GET /api/ps': psRoute,
  'POST /api/show': showRoute,
  'POST /api/pull': pullRoute,
  'DELETE /api/delete': deleteRoute,
  'POST /api/embed': embedRoute,
  'POST /api/embeddings': embeddingsRoute,
};

/** What other engines have beyond Ollama. */
const engineRoutes: Readonly<Record<string, FakeRoute>> = {
  'POST /v1/systemone': systemoneRoute,
  'POST /apply-template': templateRoute,
  'POST /tokenize': tokenizeRoute,
};

/** A route that fails only where a fault names its path. */
function faulty(route: FakeRoute): FakeRoute {
  return async (state, exchange) => {
    const { path } = exchange.entry;
    const fault = state.faults.take({ path, model: nameOf(exchange.body), isText: false, isLoad: false });
    const error = path.startsWith('/api') ? ollamaError : serverError.bind(null, state.serves);
    if (fault !== null && (await playFirst(exchange, fault, error))) return;
    await route(state, exchange, fault);
  };
}

/** Handlers by method and path. */
export function createRoutes({ engine, serves }: FakeState): ReadonlyMap<string, FakeRoute> {
  const isOllama = serves === 'ollama';
  const texts = Object.entries({ ...(isOllama ? textRoutes : {}), ...openAiTextRoutes });
  const others = Object.entries({
    ...(isOllama ? otherRoutes : llamaServerRoutes),
    ...openAiRoutes,
    ...(isOllama && engine !== null ? engineRoutes : {}),
  });
  return new Map([...texts, ...others.map(([key, route]) => [key, faulty(route)] as const)]);
}
