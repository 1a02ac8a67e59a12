import type { ModelPool, ModelStatus, PoolEvent } from '../../src/index.js';
import type { FakeOllama } from '../../src/testing/index.js';

/** The first event of a type, of a model if one is named. */
export function seen<Type extends PoolEvent['type']>(events: readonly PoolEvent[], type: Type, name?: string) {
  return all(events, type, name)[0];
}

/** All events of a type, of a model if one is named. */
export function all<Type extends PoolEvent['type']>(events: readonly PoolEvent[], type: Type, name?: string) {
  return events.filter(
    (event): event is Extract<PoolEvent, { type: Type }> =>
      event.type === type && (name === undefined || ('name' in event && event.name === name)),
  );
}

/** What a pool says about a model. */
export function modelOf(pool: Pick<ModelPool, 'status'>, name: string): ModelStatus {
  const model = pool.status().models.find((entry) => entry.name === name);
  if (model === undefined) throw new Error(`${name} is not configured`);
  return model;
}

/** Names of the models in the memory of a fake. */
export function inMemory(fake: FakeOllama): string[] {
  return fake
    .resident()
    .map(({ model }) => model)
    .sort();
}
