import { project } from '@tale/presets/vitest';

export default project('e2e', {
  coverage: { enabled: false },
  globalSetup: ['test/harness/build-apps.ts'],
  // Every test runs some processes of its own; more of them at once only make each other slow.
  maxWorkers: 2,
  expect: { poll: { timeout: 15_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
});
