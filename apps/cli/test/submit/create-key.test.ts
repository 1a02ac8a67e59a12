import { describe, expect, it } from 'vitest';
import { createKey } from '../../src/submit/create-key.js';

describe('createKey', () => {
  it('never gives the same key twice, in the shape of a UUID', () => {
    const keys = Array.from({ length: 20_000 }, () => createKey(Date.now()));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
