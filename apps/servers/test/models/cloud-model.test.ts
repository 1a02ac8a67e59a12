import type { Backend, BackendFactory } from '@tale/model-pool';
import { expect, it } from 'vitest';
import type { CloudBudget, CloudBudgetView } from '../../src/models/cloud-budget.js';
import { withinBudget } from '../../src/models/cloud-model.js';

type Stream = Backend['stream'];

/** A service that answers everything, within a budget that is seen as `view`. */
function serviceOf(view: () => Promise<CloudBudgetView>) {
  let asked = 0;
  const stream = (async () => {
    asked++;
    return 'answered';
  }) as unknown as Stream;
  const factory = { kind: 'anthropic', create: () => ({ stream }) as unknown as Backend } as BackendFactory;
  const budget: CloudBudget = { view, counting: (gate) => gate };
  const backend = withinBudget(factory, budget).create({ name: 'claude' } as Parameters<BackendFactory['create']>[0]);
  const ask = () => backend.stream({} as Parameters<Stream>[0], {} as Parameters<Stream>[1]);
  return { ask, asked: () => asked };
}
const seen = (state: CloudBudgetView['state']) => async () => ({ usedTokens: 1, dailyTokens: 10, state });

it.each(['ok', 'warning'] as const)('a service whose budget is %s answers', async (state) => {
  const { ask } = serviceOf(seen(state));
  expect(await ask()).toBe('answered');
});

it.each<[string, () => Promise<CloudBudgetView>, string]>([
  ['is used up', seen('exhausted'), 'budget-exceeded'],
  ['cannot be read', () => Promise.reject(new Error('locked')), 'budget-unknown'],
])('a service whose budget %s is not asked, and down for the pool', async (_, view, reason) => {
  const { ask, asked } = serviceOf(view);
  await expect(ask()).rejects.toMatchObject({
    ...{ code: 'backend-down', retryable: true, backend: 'claude', details: { reason } },
  });
  expect(asked()).toBe(0);
});
