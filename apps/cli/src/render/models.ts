import type { ModelStatus } from '@tale/model-pool';
import { formatBytes } from './numbers.js';

/** A model as one line: name, roles, state, memory, speed. */
export function describeModel(model: ModelStatus): string {
  return [
    `${model.model} (${model.roles.join(', ') || 'no role'})`,
    model.state === 'resident' ? 'in memory' : model.state,
    ...(model.memoryBytes === null ? [] : [formatBytes(model.memoryBytes)]),
    ...(model.tokensPerSecond === null ? [] : [`${Math.round(model.tokensPerSecond)} tok/s`]),
    ...(model.error === null ? [] : [model.error]),
  ].join(' · ');
}
