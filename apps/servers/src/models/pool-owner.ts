import { createModelPool, type ModelPool, type ModelPoolOptions } from '@tale/model-pool';
import type { CloudModel } from './cloud-model.js';
import type { ModelChoice, Setup } from './setup.js';

/** The one pool of this process, made once the models are chosen. */
export interface PoolOwner {
  /** Resolves with the started pool; rejects when no model can be had. */
  pool(): Promise<ModelPool>;
  /** The pool, if it is there. */
  present(): ModelPool | null;
  close(): Promise<void>;
}

export type PoolBase = Pick<ModelPoolOptions, 'gate' | 'logger' | 'memory' | 'record' | 'residency'> & {
  readonly maxOutputTokens: number;
  /** Asked before the local model for `planning`. */
  readonly cloud?: CloudModel | null;
};

export function createPoolOwner(setup: Setup, base: PoolBase): PoolOwner {
  let opened: Promise<ModelPool> | null = null;
  let present: ModelPool | null = null;

  async function open(): Promise<ModelPool> {
    const pool = createModelPool(poolOptions(await setup.choice(), base));
    try {
      await pool.start();
    } catch (error) {
      await pool.close();
      throw error;
    }
    present = pool;
    return pool;
  }

  return {
    pool() {
      opened ??= open().catch((error: unknown) => {
        opened = null; // a retry of the setup makes a new choice
        throw error;
      });
      return opened;
    },
    present: () => present,
    async close() {
      const pool = await opened?.catch(() => null);
      await pool?.close({ drainMs: 0 });
    },
  };
}

/** One model for both roles where they are the same. */
export function poolOptions(
  { backend, ux, planning }: ModelChoice,
  { maxOutputTokens, cloud = null, ...ports }: PoolBase,
): ModelPoolOptions {
  const models = Object.fromEntries(
    [ux, planning].map(({ model, contextTokens }) => [
      model,
      { backend: backend.name, model, contextTokens, maxOutputTokens },
    ]),
  );
  const local: ModelPoolOptions = {
    ...ports,
    backends: { [backend.name]: backend.options },
    models,
    roles: { ux: { candidates: [ux.model] }, planning: { candidates: [planning.model] } },
  };
  if (cloud === null) return local;
  const { name, model, contextTokens } = cloud;
  return {
    ...local,
    backends: { ...local.backends, [name]: cloud.backend },
    models: { ...models, [model]: { backend: name, model, contextTokens, maxOutputTokens } },
    roles: { ux: { candidates: [ux.model] }, planning: { candidates: [model, planning.model] } },
  };
}
