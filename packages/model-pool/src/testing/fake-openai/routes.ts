import { makeReady, refuse } from '../fake-ollama/answer-text.js';
import { systemoneRoute, templateRoute, tokenizeRoute } from '../fake-ollama/decide-routes.js';
import { vectorOf } from '../fake-ollama/embed-routes.js';
import type { FakeExchange } from '../fake-ollama/exchange.js';
import type { FakeModel } from '../fake-ollama/options.js';
import { nameOf } from '../fake-ollama/request-body.js';
import type { FakeRoute } from '../fake-ollama/routes.js';
import { countFakeTokens } from '../fake-ollama/script.js';
import type { FakeState } from '../fake-ollama/state.js';
import { isLoading, refuseLoading } from './loading.js';
import { serverError } from './server-error.js';

/** What every server with OpenAI's API has beside text. */
export const openAiRoutes: Readonly<Record<string, FakeRoute>> = {
  'GET /v1/models': modelsRoute,
  'POST /v1/embeddings': embeddingsRoute,
};

/** What only llama-server has. */
export const llamaServerRoutes: Readonly<Record<string, FakeRoute>> = {
  'GET /health': healthRoute,
  'POST /v1/systemone': async (state, exchange) => {
    if (!refuseLoading(state, exchange)) await systemoneRoute(state, exchange);
  },
  'POST /apply-template': (state, exchange) => {
    if (!refuseLoading(state, exchange)) templateRoute(state, exchange);
  },
  'POST /tokenize': (state, exchange) => {
    if (!refuseLoading(state, exchange)) tokenizeRoute(state, exchange);
  },
};

function healthRoute(state: FakeState, exchange: FakeExchange): void {
  if (!refuseLoading(state, exchange)) exchange.json(200, { status: 'ok' });
}

/** While llama-server loads, it lists its model without what it knows only later. */
function modelsRoute(state: FakeState, exchange: FakeExchange): void {
  const meta = ({ bytes = 1_000_000_000 }: FakeModel) =>
    isLoading(state)
      ? null
      : { n_ctx: state.contextTokens, n_ctx_train: 32_768, n_embd: 2048, n_params: bytes, size: bytes };
  const data = [...state.models.values()].map((model) => ({
    ...{ id: model.model, object: 'model', created: 1_767_225_600 },
    ...(state.serves === 'ollama' ? { owned_by: 'library' } : { owned_by: 'llamacpp', meta: meta(model) }),
  }));
  exchange.json(200, { object: 'list', data });
}

async function embeddingsRoute(state: FakeState, exchange: FakeExchange): Promise<void> {
  const { body, entry } = exchange;
  const { serves } = state;
  if (refuseLoading(state, exchange)) return;
  const model = state.models.get(nameOf(body));
  if (model === undefined) {
    exchange.json(404, serverError(serves, `model '${nameOf(body)}' not found`, 404));
    return;
  }
  const keepMs = serves === 'ollama' ? undefined : Number.POSITIVE_INFINITY;
  const runner = await makeReady(state, exchange, { model, options: {}, keepMs }, null);
  if (typeof runner === 'string') {
    refuse(exchange, { error: (message, status) => serverError(serves, message, status) }, runner);
    return;
  }
  state.memory.release(runner);
  const input = (Array.isArray(body.input) ? body.input : [body.input]).map(String);
  entry.inputTokens = input.reduce((sum, text) => sum + countFakeTokens(text), 0);
  exchange.json(200, {
    object: 'list',
    data: input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) })),
    model: model.model,
    usage: { prompt_tokens: entry.inputTokens, total_tokens: entry.inputTokens },
  });
}
