import type { ModelOptions } from '../options.js';
import type { Think } from '../types.js';

/** What every request to a model carries unchanged, so that its server never starts a new runner for it. */
export interface Profile {
  /** The model's name on its server. */
  readonly model: string;
  /** Context, tokens. */
  readonly contextTokens: number;
  /** Largest answer, tokens. */
  readonly maxOutputTokens: number;
  /** Whether it thinks where no format is asked for. */
  readonly think: Think;
  /** Calls at the same time. */
  readonly slots: number;
  /** Options of the runner as Ollama names them. */
  readonly runner: Readonly<Record<string, number>>;
  /** Whether it only makes vectors: Ollama loads such a model by another request. */
  readonly isEmbedder: boolean;
  /** How long it stays loaded after a call: a number of seconds (`-1` = for ever) or a Go duration. */
  readonly keepAlive: number | string;
}

/** Freezes the options of a model. `lingerMs` is `null` for a model that stays. */
export function freezeProfile(options: ModelOptions, lingerMs: number | null, isEmbedder: boolean): Profile {
  const { batchTokens, gpuLayers, threads } = options.runner ?? {};
  const runner: Record<string, number> = { num_ctx: options.contextTokens };
  if (batchTokens !== undefined) runner.num_batch = batchTokens;
  if (gpuLayers !== undefined) runner.num_gpu = gpuLayers;
  if (threads !== undefined) runner.num_thread = threads;
  return Object.freeze({
    model: options.model,
    contextTokens: options.contextTokens,
    maxOutputTokens: options.maxOutputTokens ?? options.contextTokens,
    think: options.think ?? false,
    slots: options.slots ?? 1,
    runner: Object.freeze(runner),
    isEmbedder,
    keepAlive: formatKeepAlive(lingerMs),
  });
}

/** The profile with another stay, `null` for ever, and with the context that another client gave the model, if any. */
export function changeProfile(profile: Profile, lingerMs: number | null, adoptedTokens: number | null): Profile {
  const keepAlive = formatKeepAlive(lingerMs);
  if (adoptedTokens === null) return Object.freeze({ ...profile, keepAlive });
  const runner = Object.freeze({ ...profile.runner, num_ctx: adoptedTokens });
  const maxOutputTokens = Math.min(profile.maxOutputTokens, adoptedTokens);
  return Object.freeze({ ...profile, keepAlive, contextTokens: adoptedTokens, maxOutputTokens, runner });
}

/** `-1` for ever (the string "-1" is a 400 of Ollama), else a Go duration. */
export function formatKeepAlive(lingerMs: number | null): number | string {
  if (lingerMs === null) return -1;
  if (lingerMs >= 60_000 && lingerMs % 60_000 === 0) return `${lingerMs / 60_000}m`;
  return `${Math.max(1, Math.round(lingerMs / 1000))}s`;
}
