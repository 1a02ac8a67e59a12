import { describe, expect, it } from 'vitest';
import { backendCases } from '../../src/testing/index.js';

describe('the published cases', () => {
  it('have names of their own', () => {
    expect(new Set(backendCases.map(({ name }) => name)).size).toBe(backendCases.length);
  });

  it('dispose of the backend also where it breaks a clause', async () => {
    let disposed = 0;
    const broken = {} as never;
    for (const { run } of backendCases) {
      const under = { backend: broken, second: broken, advance() {}, now: () => 0 };
      const dispose = async () => void disposed++;
      await expect(run(async () => ({ ...under, [Symbol.asyncDispose]: dispose }))).rejects.toThrow();
    }
    expect(disposed).toBe(backendCases.length);
  });
});
