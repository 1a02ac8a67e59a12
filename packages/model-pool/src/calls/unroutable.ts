import type { ModelPoolError } from '../errors.js';
import type { RejectedOption } from '../events.js';
import type { RouteView } from '../routing/candidates.js';
import { missingCapabilities } from '../routing/choose-route.js';
import { poolError } from './call-error.js';
import type { PoolParts } from './pool-parts.js';

/** What may pass by itself is told before what does not: a caller that tries again can be helped. */
const passing: ReadonlySet<string> = new Set(['backend-down', 'load-failed']);

/** The error of a call that found no candidate: why the first one that may come back was not taken, else the first one. */
export function unroutable(
  view: RouteView,
  rejected: readonly RejectedOption[],
  { runtimes, monitors }: Pick<PoolParts, 'runtimes' | 'monitors'>,
): ModelPoolError {
  const first = rejected.find(({ reason }) => passing.has(reason)) ?? rejected[0];
  const candidate = view.candidates.find(({ name }) => name === first?.option);
  const runtime = runtimes.get(first?.option ?? '');
  if (first === undefined || candidate === undefined || runtime === undefined)
    return poolError('configuration', `the role ${view.role} is not configured`);
  const { model } = runtime.configured.profile;
  const backend = runtime.backend.name;
  const facts = { backend, model };
  switch (first.reason) {
    case 'model-missing':
      return poolError('model-missing', `${model} is not installed on ${backend}: pull it`, facts);
    case 'capability-missing': {
      const missing = missingCapabilities(candidate, view.needs).join(' and ');
      return poolError('capability-missing', `${model} does not support ${missing}: choose another model`, facts);
    }
    case 'context-too-long': {
      const { promptTokens } = view;
      const message = `the prompt has about ${promptTokens} tokens, ${model} takes ${candidate.contextTokens}`;
      return poolError('context-too-long', message, facts);
    }
    case 'load-failed': {
      const retryAfterMs = Math.ceil(candidate.coolDownMs);
      const { error } = runtime.facts.rest;
      if (error?.code === 'memory-insufficient') {
        const message = `${backend} had no memory for ${model}, which rests`;
        return poolError('memory-insufficient', message, { ...facts, retryAfterMs, details: error.details });
      }
      return poolError('load-failed', `${model} could not be loaded and rests`, { ...facts, retryAfterMs });
    }
    default: {
      const retryAfterMs = Math.ceil(monitors.get(backend)?.openMs ?? 0);
      return poolError('backend-down', `${backend} does not answer`, { ...facts, retryAfterMs });
    }
  }
}
