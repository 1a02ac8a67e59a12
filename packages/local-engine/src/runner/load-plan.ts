import type { LoadWish } from './call.js';

/** What a model is loaded with. */
export interface LoadPlan {
  readonly contextTokens: number;
  /** `null` = the engine's own choice. */ readonly batchTokens: number | null;
  /** `null` = the engine's own choice. */ readonly gpuLayers: number | null;
}

/** Whether a model that is loaded like this does for a call. */
export function isSuitable(plan: LoadPlan, wish: LoadWish): boolean {
  const isAsWanted = (wanted: number | null | undefined, is: number | null) =>
    (wanted ?? null) === null || wanted === is;
  return (
    plan.contextTokens >= wish.contextTokens &&
    isAsWanted(wish.batchTokens, plan.batchTokens) &&
    isAsWanted(wish.gpuLayers, plan.gpuLayers)
  );
}

/** What to load for a call. What it does not ask for stays as it is; the context never shrinks. */
export function planLoad(wish: LoadWish, loaded: LoadPlan | null): LoadPlan {
  return {
    contextTokens: Math.max(wish.contextTokens, loaded?.contextTokens ?? 0),
    batchTokens: wish.batchTokens ?? loaded?.batchTokens ?? null,
    gpuLayers: wish.gpuLayers ?? loaded?.gpuLayers ?? null,
  };
}
