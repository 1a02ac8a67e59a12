import { createModelPool } from '@tale/model-pool';

/** What a call of tale carries. */
export const labels = { project: 'bench', purpose: 'answer', taskId: 'task', userId: 'owner' };

/** A model of the fake. */
export const modelOf = (model, more = {}) => ({ backend: 'fake', model, contextTokens: 8192, ...more });

/** A pool with everything on: gate, listener, residency, budget of memory. `ux` is `small:1b` unless `more` says otherwise. */
export function openPool(url, more = {}) {
  const countedTokens = new Map();
  const pool = createModelPool({
    backends: { fake: { kind: 'ollama', url } },
    models: { small: modelOf('small:1b') },
    roles: { ux: { candidates: ['small'] } },
    memory: { budget: 8e9 },
    gate: {
      begin: async () => ({
        progress: async () => {},
        settle: async ({ role, usage }) => {
          countedTokens.set(role, (countedTokens.get(role) ?? 0) + usage.outputTokens);
        },
      }),
    },
    ...more,
  });
  pool.subscribe(() => {});
  return pool;
}

/** Resolves with the first event of a pool that is looked for. */
export function nextEvent(pool, isIt) {
  return new Promise((resolve) => {
    const stop = pool.subscribe((event) => {
      if (!isIt(event)) return;
      stop();
      resolve(event);
    });
  });
}

/** Starts a pool and waits until a model is in memory. */
export async function startPool(pool, name = 'small') {
  await pool.start();
  await pool.load(name);
}
