import { describe, expect, it } from 'vitest';
import { changeProfile, freezeProfile } from '../../src/roles/profile.js';

const profile = freezeProfile(
  { backend: 'fake', model: 'a', contextTokens: 8192, maxOutputTokens: 6000, runner: { threads: 2 } },
  null,
  false,
);

describe('changeProfile', () => {
  it('another stay changes nothing that would start a new runner', () => {
    const { keepAlive, ...rest } = changeProfile(profile, 600_000, null);
    const { keepAlive: before, ...same } = profile;
    expect([before, keepAlive]).toEqual([-1, '10m']);
    expect(rest).toEqual(same);
  });

  it('an adopted context is in everything that follows from it', () => {
    const changed = changeProfile(profile, null, 4096);
    expect(changed).toMatchObject({
      contextTokens: 4096,
      maxOutputTokens: 4096,
      runner: { num_ctx: 4096, num_thread: 2 },
    });
    expect(changeProfile(profile, null, 32_768)).toMatchObject({ contextTokens: 32_768, maxOutputTokens: 6000 });
    expect(Object.isFrozen(changed) && Object.isFrozen(changed.runner)).toBe(true);
  });
});
