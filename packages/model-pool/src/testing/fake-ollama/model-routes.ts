import type { FakeExchange } from './exchange.js';
import { type FakeFault, faultDelayMs } from './faults.js';
import { lineOf, ollamaError } from './ollama-dialect.js';
import type { FakeModel } from './options.js';
import { missing, nameOf } from './request-body.js';
import { capabilitiesOf, type FakeState } from './state.js';

const details = {
  parent_model: '',
  format: 'gguf',
  family: 'llama',
  families: ['llama'],
  parameter_size: '1B',
  quantization_level: 'Q4_K_M',
};

function describe(state: FakeState, model: FakeModel) {
  return {
    name: model.model,
    model: model.model,
    modified_at: '2026-01-01T00:00:00Z',
    size: model.bytes ?? 1_000_000_000,
    digest: state.digestOf(model.model),
    details,
  };
}

/** `/api/version`. */
export function versionRoute({ version, engine }: FakeState, exchange: FakeExchange): void {
  exchange.json(200, { version, ...(engine === null ? {} : { engine }) });
}

/** `/api/tags`. */
export function tagsRoute(state: FakeState, exchange: FakeExchange): void {
  const models = [...state.models.values()].map((model) => ({
    ...describe(state, model),
    capabilities: capabilitiesOf(model),
  }));
  exchange.json(200, { models });
}

/** `/api/ps`: the longest to stay first; a model that is being loaded is not in it. */
export function psRoute(state: FakeState, exchange: FakeExchange, fault: FakeFault | null): void {
  const { memory, clock } = state;
  const runners = fault?.kind === 'ps-lag' ? memory.listAt(clock.now() - faultDelayMs(fault)) : memory.list();
  const models = runners.map(({ model, bytes, digest, contextTokens, expiresAtMs }) => {
    const { modified_at: _, ...described } = describe(state, state.models.get(model) ?? { model });
    return {
      ...described,
      digest,
      size: bytes,
      size_vram: 0,
      expires_at: new Date(expiresAtMs).toISOString(),
      context_length: contextTokens,
    };
  });
  exchange.json(200, { models });
}

/** `/api/show`. */
export function showRoute(state: FakeState, exchange: FakeExchange): void {
  const model = state.models.get(nameOf(exchange.body));
  if (model === undefined) {
    missing(exchange);
    return;
  }
  exchange.json(200, {
    license: '',
    modelfile: '',
    parameters: '',
    template: '',
    details,
    capabilities: capabilitiesOf(model),
    modified_at: '2026-01-01T00:00:00Z',
    model_info: {
      'general.architecture': 'llama',
      'llama.block_count': 22,
      'llama.attention.head_count': 32,
      'llama.attention.head_count_kv': 4,
      'llama.embedding_length': 2048,
      'llama.context_length': 32_768,
    },
  });
}

/** `/api/pull`: lines until `success`; a failure is a line as well, with status 200. */
export async function pullRoute(state: FakeState, exchange: FakeExchange): Promise<void> {
  const { body, response, entry } = exchange;
  const name = nameOf(body);
  const model = state.pullable.get(name) ?? state.models.get(name);
  const isStream = body.stream !== false;
  const line = (value: { readonly status: string } | { readonly error: string }) => {
    exchange.begin();
    response.write(lineOf(value));
  };
  if (model === undefined) {
    const failure = 'pull model manifest: file does not exist';
    if (!isStream) {
      exchange.json(500, ollamaError(failure));
      return;
    }
    line({ status: 'pulling manifest' });
    line({ error: failure });
    entry.end = 'error';
    response.end();
    return;
  }
  const { size: total, digest } = describe(state, model);
  if (isStream) line({ status: 'pulling manifest' });
  for (const share of [0, 0.5, 1]) {
    if (exchange.isGone) return;
    const progress = { digest: `sha256:${digest}`, total, completed: total * share };
    if (isStream) line({ status: `pulling ${digest.slice(0, 12)}`, ...progress });
    await exchange.wait(state.delay(state.timing.loadMs / 4));
  }
  state.models.set(name, model);
  if (!isStream) {
    exchange.json(200, { status: 'success' });
    return;
  }
  for (const status of ['verifying sha256 digest', 'writing manifest', 'success']) line({ status });
  entry.end = 'done';
  response.end();
}

/** `/api/delete`: a loaded model leaves the memory as well. */
export function deleteRoute(state: FakeState, exchange: FakeExchange): void {
  const name = nameOf(exchange.body);
  if (!state.models.delete(name)) {
    missing(exchange);
    return;
  }
  state.memory.expire(name);
  exchange.json(200, {});
}
