import { type Backend, type BackendFactory, ModelPoolError } from '@tale/model-pool';
import { anthropicBackend } from '@tale/model-pool/anthropic';
import type { CloudBudget } from './cloud-budget.js';

/** A model of a service, asked before the local one for the role `planning`. */
export interface CloudModel {
  readonly name: string;
  readonly model: string;
  readonly contextTokens: number;
  readonly backend: BackendFactory;
}

export interface ClaudeOptions {
  readonly apiKey: string;
  readonly model: string;
  readonly baseUrl: string | null;
  readonly budget: CloudBudget;
}

/** Smallest context of the models that the service has. */
const contextTokens = 200_000;

/** Claude, within its budget of the day. */
export function claudeModel({ apiKey, model, baseUrl, budget }: ClaudeOptions): CloudModel {
  const factory = anthropicBackend({ apiKey, ...(baseUrl === null ? {} : { baseUrl }) });
  return { name: 'claude', model, contextTokens, backend: withinBudget(factory, budget) };
}

/** Refuses calls once the budget is used up or cannot be read, as a server that does not answer: the local model answers instead. */
export function withinBudget(factory: BackendFactory, budget: CloudBudget): BackendFactory {
  return {
    kind: factory.kind,
    create(parts) {
      const backend = factory.create(parts);
      const stream: Backend['stream'] = async (request, sink) => {
        const down = (message: string, reason: string, cause?: unknown) =>
          new ModelPoolError('backend-down', message, {
            ...{ retryable: true, backend: parts.name, details: { reason } },
            ...(cause !== undefined && { cause }),
          });
        const { state, dailyTokens } = await budget.view().catch((cause: unknown) => {
          throw down('the tokens of today cannot be read', 'budget-unknown', cause);
        });
        if (state !== 'exhausted') return backend.stream(request, sink);
        throw down(`the ${dailyTokens} tokens of today are used up`, 'budget-exceeded');
      };
      return { ...backend, stream };
    },
  };
}
