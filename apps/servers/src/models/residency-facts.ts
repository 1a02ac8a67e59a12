import type { PoolStatus } from '@tale/model-pool';

/** What `/health` of a server that uses models says about them. */
export interface ResidencyFacts {
  readonly models: readonly {
    readonly model: string;
    readonly roles: readonly string[];
    readonly state: string;
    readonly health: string;
    readonly memoryBytes: number | null;
    /** Time it should have been in memory and was not, ms. */
    readonly residencyLostMs: number;
  }[];
  readonly memory: { readonly budgetBytes: number | null; readonly heldBytes: number };
  readonly mode: string;
}

/** The part of a pool's state that says whether its models are there. */
export function residencyFacts({ models, memory, mode }: PoolStatus): ResidencyFacts {
  return {
    models: models.map(({ model, roles, state, health, memoryBytes, residencyLostMs }) => {
      return { model, roles, state, health, memoryBytes, residencyLostMs };
    }),
    memory: { budgetBytes: memory.budgetBytes, heldBytes: memory.heldBytes },
    mode,
  };
}
