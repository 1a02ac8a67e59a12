import type { StoreQueries } from './store/contract.js';
import type { OpenStore } from './store/open-store.js';
import type { CallOptions, Database } from './types.js';

/** Runs `prepare` before the first use of a store, again after a failure, and refuses every use once `check` throws. */
export function withStartUp(store: OpenStore, prepare: () => Promise<void>, check: () => void): OpenStore {
  let ready: Promise<void> | null = null;

  async function start(): Promise<void> {
    check();
    ready ??= prepare().catch((error: unknown) => {
      ready = null;
      throw error;
    });
    await ready;
    check();
  }

  return {
    ...store,
    async read<Result>(run: (queries: StoreQueries) => Promise<Result>, options?: CallOptions) {
      await start();
      return store.read(run, options);
    },
    async write<Result>(run: (queries: StoreQueries) => Promise<Result>, options?: CallOptions) {
      await start();
      return store.write(run, options);
    },
    async transact<Result>(run: (trx: Database) => Promise<Result>, signal?: AbortSignal) {
      await start();
      return store.transact(run, signal);
    },
  };
}
