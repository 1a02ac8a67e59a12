import type { JsonObject } from '../../types.js';
import type { FakeExchange } from './exchange.js';
import { parseKeepAlive } from './keep-alive.js';
import { ollamaError } from './ollama-dialect.js';
import type { FakeModel } from './options.js';
import type { FakeState } from './state.js';

/** The model that a request names; `name` is the older key. */
export function nameOf({ model, name }: JsonObject): string {
  if (typeof model === 'string') return model;
  return typeof name === 'string' ? name : '';
}

/** Answers that a model is not installed. */
export function missing(exchange: FakeExchange): void {
  exchange.json(404, ollamaError(`model '${nameOf(exchange.body)}' not found`));
}

/** Types of options that Ollama checks. */
const types: Readonly<Record<string, 'integer' | 'float32' | 'boolean' | 'array'>> = {
  num_ctx: 'integer',
  num_batch: 'integer',
  num_gpu: 'integer',
  main_gpu: 'integer',
  num_thread: 'integer',
  num_keep: 'integer',
  num_predict: 'integer',
  seed: 'integer',
  top_k: 'integer',
  repeat_last_n: 'integer',
  temperature: 'float32',
  top_p: 'float32',
  min_p: 'float32',
  repeat_penalty: 'float32',
  presence_penalty: 'float32',
  frequency_penalty: 'float32',
  use_mmap: 'boolean',
  stop: 'array',
};

/** What is wrong with the options of a request; unknown ones pass. */
export function findBadOption(options: JsonObject): string | null {
  for (const [key, value] of Object.entries(options)) {
    const type = Object.hasOwn(types, key) ? types[key] : undefined;
    if (type === undefined || value === null) continue;
    const fits =
      type === 'array'
        ? Array.isArray(value)
        : type === 'boolean'
          ? typeof value === 'boolean'
          : typeof value === 'number';
    if (!fits) return `option ${JSON.stringify(key)} must be of type ${type}`;
  }
  return null;
}

/** What every request to a model has. */
export interface CheckedBody {
  /** The model. */
  readonly model: FakeModel;
  /** `keep_alive`, ms; `undefined` = left out. */
  readonly keepMs: number | undefined;
  /** `options`. */
  readonly options: JsonObject;
}

/** Reads what every request to a model has; `null` = something was wrong, and the request is answered. */
export function readBody(state: FakeState, exchange: FakeExchange): CheckedBody | null {
  const { body } = exchange;
  const model = state.models.get(nameOf(body));
  const keepMs = parseKeepAlive(body.keep_alive);
  const options = (body.options ?? {}) as JsonObject;
  const bad = findBadOption(options);
  if (keepMs === null)
    exchange.json(400, ollamaError(`time: missing unit in duration ${JSON.stringify(body.keep_alive)}`));
  else if (model === undefined) missing(exchange);
  else if (bad !== null) exchange.json(400, ollamaError(bad));
  else return { model, keepMs, options };
  return null;
}
