import type { ModelService } from '../model-service.js';
import type { CallOptions } from '../runner/model-runner.js';
import type { Manifest } from '../store/manifests.js';
import type { ReadOptions } from '../wire/ollama/options.js';
import { readPriority } from './priority.js';
import type { RouteRequest } from './route.js';

/** What a request wants of the runner beside its answer. */
export interface CallWishes {
  /** `null` = as it is. */ readonly keepAliveMs: number | null;
  readonly options?: Pick<ReadOptions, 'contextTokens' | 'batchTokens' | 'gpuLayers' | 'maxThreads'>;
}

/** The wishes of a request as its runner takes them. */
export function toCallOptions(
  { keepAliveMs, options }: CallWishes,
  manifest: Manifest,
  { signal, headers }: Pick<RouteRequest, 'signal' | 'headers'>,
  models: ModelService,
): CallOptions {
  return {
    signal,
    priority: readPriority(headers['x-tale-priority']),
    keepAliveMs,
    contextTokens: models.contextTokens(manifest, options?.contextTokens ?? null),
    maxThreads: options?.maxThreads ?? null,
    batchTokens: options?.batchTokens ?? null,
    gpuLayers: options?.gpuLayers ?? null,
  };
}
