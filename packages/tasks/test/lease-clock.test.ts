import { describe, expect, it } from 'vitest';
import { systemLeaseClock } from '../src/index.js';

describe('the lease clock of the system', () => {
  it('never goes back', () => {
    const clock = systemLeaseClock();
    const first = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(first);
  });

  it('has one boot id in all processes', () => {
    expect(systemLeaseClock().bootId).toBe(systemLeaseClock().bootId);
    expect(systemLeaseClock(() => 'an-id\n').bootId).toBe('an-id');
  });

  it('makes a boot id where the system has none', () => {
    const none = () => {
      throw new Error('ENOENT');
    };
    expect(systemLeaseClock(none).bootId).toMatch(/.-\d+$/);
  });
});
