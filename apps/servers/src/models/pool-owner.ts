import { createModelPool, type ModelPool, type ModelPoolOptions } from '@tale/model-pool';
import type { ModelChoice, Setup } from './setup.js';

/** The one pool of this process, made once the models are chosen. */
export interface PoolOwner {
  /** Resolves with the started pool; rejects when no model can be had. */
  pool(): Promise<ModelPool>;
  close(): Promise<void>;
}

export type PoolBase = Pick<ModelPoolOptions, 'gate' | 'logger'> & { readonly maxOutputTokens: number };

export function createPoolOwner(setup: Setup, base: PoolBase): PoolOwner {
  let opened: Promise<ModelPool> | null = null;

  async function open(): Promise<ModelPool> {
    const pool = createModelPool(poolOptions(await setup.choice(), base));
    await pool.start();
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
    async close() {
      const pool = await opened?.catch(() => null);
      await pool?.close({ drainMs: 0 });
    },
  };
}

/** One model for both roles where they are the same. */
export function poolOptions(
  { backend, ux, planning }: ModelChoice,
  { maxOutputTokens, ...ports }: PoolBase,
): ModelPoolOptions {
  const { name, url, token } = backend;
  const models = Object.fromEntries(
    [ux, planning].map(({ model, contextTokens }) => [model, { backend: name, model, contextTokens, maxOutputTokens }]),
  );
  return {
    ...ports,
    backends: { [name]: { kind: 'ollama', url, ...(token === null ? {} : { token }) } },
    models,
    roles: { ux: { candidates: [ux.model] }, planning: { candidates: [planning.model] } },
  };
}
