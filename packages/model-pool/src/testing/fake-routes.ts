import type { Clock, JsonObject } from '../types.js';
import { playFirst, playMiddle, spoilFinal } from './fake-answer.js';
import type { FakeExchange, FakeRequest } from './fake-exchange.js';
import type { FakeFault, FakeFaultBox } from './fake-faults.js';
import { type FakeMemory, type FakeRunner, parseKeepAlive } from './fake-memory.js';
import type { FakeModel, FakeTiming } from './fake-ollama.js';
import { countFakeTokens, readPrompt, scriptOf } from './fake-text.js';

/** Everything that the routes of the fake share. */
export interface FakeState {
  readonly memory: FakeMemory;
  readonly faults: FakeFaultBox;
  readonly clock: Clock;
  readonly models: Map<string, FakeModel>;
  readonly pullable: ReadonlyMap<string, FakeModel>;
  readonly timing: Required<{ [Key in keyof FakeTiming]: number }>;
  readonly engine: string | null;
  readonly seed: number;
  readonly digestOf: (model: string) => string;
  readonly log: readonly FakeRequest[];
  readonly setFaults: (faults: readonly FakeFault[]) => Promise<void>;
}

type Route = (exchange: FakeExchange) => Promise<void> | void;

const details = {
  parent_model: '',
  format: 'gguf',
  family: 'llama',
  families: ['llama'],
  parameter_size: '1B',
  quantization_level: 'Q4_K_M',
};
const nano = (ms: number) => Math.max(1, Math.round(ms * 1e6));

/** Handlers by method and path. */
export function createRoutes(state: FakeState): ReadonlyMap<string, Route> {
  const { memory, digestOf } = state;
  const describe = ({ model, bytes = 1_000_000_000, capabilities = ['completion'] }: FakeModel) => ({
    name: model,
    model,
    modified_at: '2026-01-01T00:00:00Z',
    size: bytes,
    digest: digestOf(model),
    details,
    capabilities,
  });
  const show: Route = (exchange) => {
    const model = state.models.get(nameOf(exchange.body));
    if (model === undefined) return missing(exchange);
    exchange.json(200, {
      details,
      capabilities: model.capabilities ?? ['completion'],
      model_info: {
        'general.architecture': 'llama',
        'llama.block_count': 22,
        'llama.attention.head_count': 32,
        'llama.attention.head_count_kv': 4,
        'llama.embedding_length': 2048,
        'llama.context_length': 32_768,
      },
    });
  };
  const ps: Route = (exchange) => {
    const models = memory.list().map(({ model, contextTokens, expiresAtMs }) => ({
      ...describe(state.models.get(model) ?? { model }),
      expires_at: new Date(expiresAtMs).toISOString(),
      size_vram: 0,
      context_length: contextTokens,
    }));
    exchange.json(200, { models });
  };
  const pull: Route = async (exchange) => {
    const name = nameOf(exchange.body);
    const model = state.pullable.get(name) ?? state.models.get(name);
    exchange.line({ status: 'pulling manifest' });
    if (model === undefined) {
      exchange.line({ error: 'pull model manifest: file does not exist' });
      exchange.entry.end = 'error';
      exchange.response.end();
      return;
    }
    const { size: total, digest } = describe(model);
    for (const share of [0, 0.5, 1]) {
      if (exchange.isGone) return;
      exchange.line({
        status: `pulling ${digest.slice(0, 12)}`,
        digest: `sha256:${digest}`,
        total,
        completed: total * share,
      });
      await exchange.wait(state.timing.loadMs / 4);
    }
    state.models.set(name, model);
    for (const status of ['verifying sha256 digest', 'writing manifest', 'success']) exchange.line({ status });
    exchange.entry.end = 'done';
    exchange.response.end();
  };
  const remove: Route = (exchange) => {
    const name = nameOf(exchange.body);
    if (!state.models.delete(name)) return missing(exchange);
    memory.remove(name);
    exchange.json(200, {});
  };
  return new Map<string, Route>([
    ['GET /', (exchange) => void exchange.response.end('Ollama is running')],
    [
      'GET /api/version',
      (exchange) =>
        exchange.json(200, { version: '0.32.15', ...(state.engine === null ? {} : { engine: state.engine }) }),
    ],
    ['GET /api/tags', (exchange) => exchange.json(200, { models: [...state.models.values()].map(describe) })],
    ['GET /api/ps', faulty(state, ps)],
    ['POST /api/show', show],
    ['POST /api/pull', faulty(state, pull)],
    ['DELETE /api/delete', remove],
    ['POST /api/chat', (exchange) => answer(state, exchange)],
    ['POST /api/generate', (exchange) => answer(state, exchange)],
    ['POST /api/embed', (exchange) => embed(state, exchange)],
    [
      'GET /fake/log',
      (exchange) =>
        exchange.json(200, { log: state.log.filter((entry) => entry !== exchange.entry), loads: memory.loads }),
    ],
    [
      'POST /fake/faults',
      (exchange) => {
        exchange.json(200, {});
        exchange.response.once(
          'finish',
          () => void state.setFaults((exchange.entry.body?.faults ?? []) as unknown as FakeFault[]),
        );
      },
    ],
  ]);
}

/** A route that fails only where a fault names its path. */
function faulty(state: FakeState, route: Route): Route {
  return async (exchange) => {
    const fault = state.faults.take({
      path: exchange.entry.path,
      model: nameOf(exchange.body),
      isText: false,
      isLoad: false,
    });
    if (fault !== null && (await playFirst(exchange, fault))) return;
    await route(exchange);
  };
}

function nameOf(body: JsonObject): string {
  const name = body.model ?? body.name;
  return typeof name === 'string' ? name : '';
}

function missing(exchange: FakeExchange): void {
  exchange.json(404, { error: `model '${nameOf(exchange.body)}' not found` });
}

/** Reads `keep_alive`; answers the request where it is wrong. */
function readKeepAlive(exchange: FakeExchange): { keepMs: number | undefined } | null {
  const keepMs = parseKeepAlive(exchange.body.keep_alive);
  if (keepMs !== null) return { keepMs };
  exchange.json(400, { error: `time: missing unit in duration ${JSON.stringify(exchange.body.keep_alive)}` });
  return null;
}

/** Makes the model of a request ready; resolves with nothing once the request is over. */
async function makeReady(
  state: FakeState,
  exchange: FakeExchange,
  keepMs: number | undefined,
  fault: FakeFault | null,
): Promise<FakeRunner | null> {
  const options = (exchange.body.options ?? {}) as JsonObject;
  try {
    return await state.memory.ready(nameOf(exchange.body), options, keepMs, async () => {
      if (fault?.kind === 'load-stall') await exchange.hang();
      await exchange.wait(fault?.kind === 'slow-load' ? (fault.delayMs ?? 300) : state.timing.loadMs);
      if (exchange.isGone) throw new Error('the client left');
    });
  } catch {
    return null;
  }
}

async function answer(state: FakeState, exchange: FakeExchange): Promise<void> {
  const { body, entry } = exchange;
  const model = state.models.get(nameOf(body));
  if (model === undefined) return missing(exchange);
  const kept = readKeepAlive(exchange);
  if (kept === null) return;
  const isChat = entry.path === '/api/chat';
  const isText = isChat
    ? Array.isArray(body.messages) && body.messages.length > 0
    : typeof body.prompt === 'string' && body.prompt !== '';
  const fault = state.faults.take({
    path: entry.path,
    model: model.model,
    isText,
    isLoad: !isText && kept.keepMs !== 0,
  });
  if (fault !== null && (await playFirst(exchange, fault))) return;
  if (!(model.capabilities ?? ['completion']).includes('completion'))
    return exchange.json(400, { error: `"${model.model}" does not support ${isChat ? 'chat' : 'generate'}` });
  const noText: JsonObject = isChat ? { message: { role: 'assistant', content: '' } } : { response: '' };
  const rest: JsonObject = { model: model.model, created_at: '2026-01-01T00:00:00Z', ...noText, done: true };
  if (!isText && kept.keepMs === 0) {
    state.memory.remove(model.model);
    return exchange.json(200, { ...rest, done_reason: 'unload' });
  }
  const startedMs = state.clock.monotonicMs();
  const runner = await makeReady(state, exchange, kept.keepMs, fault);
  if (runner === null) return;
  if (!isText) return exchange.json(200, { ...rest, done_reason: 'load' });
  const loadedMs = state.clock.monotonicMs();
  const release = await state.memory.slot(runner);
  try {
    if (!exchange.isGone) await write(state, exchange, { runner, rest, fault, isChat, startedMs, loadedMs });
  } finally {
    release();
    if (kept.keepMs === 0) state.memory.remove(model.model);
  }
}

interface Writing {
  readonly runner: FakeRunner;
  readonly rest: JsonObject;
  readonly fault: FakeFault | null;
  readonly isChat: boolean;
  readonly startedMs: number;
  readonly loadedMs: number;
}

async function write(
  state: FakeState,
  exchange: FakeExchange,
  { runner, rest, fault, isChat, startedMs, loadedMs }: Writing,
): Promise<void> {
  const { body, entry } = exchange;
  const prompt = readPrompt(body);
  const inputTokens = countFakeTokens(prompt);
  const options = (body.options ?? {}) as JsonObject;
  if (inputTokens > runner.contextTokens && body.truncate === false) {
    return exchange.json(400, { error: 'the prompt is too long: it exceeds the context length' });
  }
  const prefillFromMs = state.clock.monotonicMs();
  await exchange.wait(inputTokens * state.timing.prefillMsPerToken);
  if (exchange.isGone) return;
  entry.inputTokens = inputTokens;
  const decodeFromMs = state.clock.monotonicMs();
  // The same prompt has the same answer, whatever came before.
  const random = () => ((state.seed * 7919 + prompt.length * 104_729) % 1000) / 1000;
  const { tokens: all, thinking, tokensPerSecond } = scriptOf(prompt, body.format, { ...state.timing, random });
  // Left out means true, as with Ollama's thinking models.
  const thoughts = body.think === false ? 0 : thinking;
  const tokens = body.think === false ? all.slice(thinking) : all;
  const limit =
    typeof options.num_predict === 'number' && options.num_predict > 0
      ? options.num_predict
      : 10 * runner.contextTokens;
  const model = fault?.kind === 'wrong-model' ? 'another:1b' : runner.model;
  const counts = (): JsonObject =>
    state.engine === null ? {} : { prompt_eval_count: inputTokens, eval_count: entry.outputTokens };
  const delta = (text: string): JsonObject => ({
    ...rest,
    model,
    ...(isChat ? { message: { role: 'assistant', content: text } } : { response: text }),
    done: false,
    ...counts(),
  });
  const thought = (text: string): JsonObject => ({
    ...delta(''),
    ...(isChat ? { message: { role: 'assistant', content: '', thinking: text } } : { thinking: text }),
  });
  const final = (): JsonObject => {
    const nowMs = state.clock.monotonicMs();
    return {
      ...rest,
      model,
      done_reason: tokens.length > limit ? 'length' : 'stop',
      total_duration: nano(nowMs - startedMs),
      load_duration: nano(loadedMs - startedMs),
      prompt_eval_count: inputTokens,
      prompt_eval_duration: nano(decodeFromMs - prefillFromMs),
      ...(entry.outputTokens === 0
        ? {}
        : { eval_count: entry.outputTokens, eval_duration: nano(nowMs - decodeFromMs) }),
      ...(state.engine === null
        ? {}
        : {
            timings: {
              cache_n: Math.floor(inputTokens / 2),
              prompt_n: Math.ceil(inputTokens / 2),
              predicted_n: entry.outputTokens,
            },
          }),
    };
  };
  const isStream = body.stream !== false;
  let whole = '';
  const breakAt = fault?.after ?? 2;
  for (const [index, token] of tokens.slice(0, limit).entries()) {
    if (exchange.isGone) return;
    if (fault !== null && index === breakAt && (await playMiddle(exchange, fault, delta, final()))) return;
    entry.outputTokens += 1;
    if (index >= thoughts) whole += token;
    if (isStream) exchange.line(index < thoughts ? thought(token) : delta(token));
    if (Number.isFinite(tokensPerSecond)) await exchange.wait(1000 / tokensPerSecond);
  }
  if (exchange.isGone) return;
  const last = spoilFinal(final(), fault);
  entry.end = 'done';
  if (isStream) exchange.line(last);
  else
    exchange.json(200, {
      ...last,
      ...(isChat ? { message: { role: 'assistant', content: whole } } : { response: whole }),
    });
  if (isStream) exchange.response.end();
}

async function embed(state: FakeState, exchange: FakeExchange): Promise<void> {
  const { body, entry } = exchange;
  const model = state.models.get(nameOf(body));
  if (model === undefined) return missing(exchange);
  const kept = readKeepAlive(exchange);
  if (kept === null) return;
  const fault = state.faults.take({ path: entry.path, model: model.model, isText: false, isLoad: false });
  if (fault !== null && (await playFirst(exchange, fault))) return;
  const runner = await makeReady(state, exchange, kept.keepMs, fault);
  if (runner === null) return;
  const input = (
    typeof body.input === 'string' ? [body.input] : Array.isArray(body.input) ? body.input : []
  ) as string[];
  const embeddings = input.map((text) => {
    const angle = text.length;
    return [Math.cos(angle), Math.sin(angle)];
  });
  entry.inputTokens = input.reduce((sum, text) => sum + countFakeTokens(text), 0);
  exchange.json(200, {
    model: model.model,
    embeddings,
    total_duration: 1,
    load_duration: 1,
    prompt_eval_count: entry.inputTokens,
  });
}
