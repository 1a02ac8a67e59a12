import type { InstalledModel } from '../../status.js';
import type { JsonObject } from '../../types.js';
import type { LoadedModel } from '../backend.js';
import { plainName } from '../model-name.js';
import { readCount } from '../read-count.js';

/** One model as a server lists it. */
export interface ListedModel {
  /** Its name; one that has several is listed once for each. */
  readonly model: string;
  /** Who made the list, such as `llamacpp` or `vllm`; `null` = it does not say. */
  readonly owner: string | null;
  /** Size of its files, bytes; 0 = the server does not say. */
  readonly bytes: number;
  /** Context it runs with, tokens. */
  readonly contextTokens: number | null;
  /** Largest context it was made for, tokens. */
  readonly trainedTokens: number | null;
  /** Whether it answers: llama-server lists its model also while it loads. */
  readonly isReady: boolean;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
const part = (value: unknown): JsonObject => (value !== null && typeof value === 'object' ? (value as JsonObject) : {});

function readModel(entry: JsonObject): ListedModel[] {
  const meta = part(entry.meta);
  const length = readCount(entry.max_model_len);
  const shared = {
    owner: text(entry.owned_by),
    bytes: readCount(meta.size) ?? 0,
    contextTokens: readCount(meta.n_ctx) ?? length,
    trainedTokens: readCount(meta.n_ctx_train) ?? length,
    isReady: entry.meta !== null && part(entry.status).value !== 'loading',
  };
  const aliases = Array.isArray(entry.aliases) ? entry.aliases : [];
  const names = new Set([entry.id, ...aliases].map(text).filter((name) => name !== null));
  return [...names].map((model) => ({ model, ...shared }));
}

/** Answer of `/models`. */
export function readModels(answer: JsonObject): ListedModel[] {
  const entries = Array.isArray(answer.data) ? answer.data : [];
  return entries.flatMap((entry) => readModel(part(entry)));
}

/** A listed model as one that can be asked for. */
export function toInstalled({ model, bytes, contextTokens, trainedTokens }: ListedModel): InstalledModel {
  const context = trainedTokens ?? contextTokens;
  return { model, digest: null, bytes, capabilities: null, kvBytesPerToken: null, contextTokens: context };
}

/** A listed model as one that is in memory. */
export function toLoaded({ model, bytes, contextTokens }: ListedModel): LoadedModel {
  return { model, digest: null, bytes, contextTokens, expiresAtMs: null };
}

/** Such as `gpt-x-2025-01-31`. */
const dated = /^-\d{4}-?\d{2}-?\d{2}$/;

/**
 * Whether an answer comes from another model than the one asked. Servers answer with an alias, a path or a dated name, so only
 * one that the server lists beside the one asked is another.
 */
export function isOtherModel(asked: string, given: string, listed: ReadonlySet<string>): boolean {
  if (plainName(given).toLowerCase() === plainName(asked).toLowerCase()) return false;
  if (given.startsWith(asked) && dated.test(given.slice(asked.length))) return false;
  return listed.has(given) && listed.has(asked);
}
