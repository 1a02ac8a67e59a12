import type { ExecutionBackend } from '../backend.js';

/** A backend over an empty store, made for one case and disposed of after it. */
export interface BackendUnderTest extends AsyncDisposable {
  /** The backend; takes its leases as the daemon `daemon-1`. */
  readonly backend: ExecutionBackend;
  /** Another one over the same store, as another process of the same daemon has it. */
  readonly second: ExecutionBackend;
  /** Moves the wall clock and the clock of leases of both. */
  advance(ms: number): void;
  /** The wall clock of both, epoch ms. */
  now(): number;
}

/** A clause of the contract of `ExecutionBackend`. */
export interface BackendCase {
  /** What the clause says. */
  readonly name: string;
  /** Rejects with an assertion error where the backend breaks the clause. */
  run(create: () => Promise<BackendUnderTest>): Promise<void>;
}

/** Makes a case of a function, which is given its backend. */
export function backendCase(name: string, check: (under: BackendUnderTest) => Promise<void>): BackendCase {
  return {
    name,
    async run(create) {
      const under = await create();
      try {
        await check(under);
      } finally {
        await under[Symbol.asyncDispose]();
      }
    },
  };
}
