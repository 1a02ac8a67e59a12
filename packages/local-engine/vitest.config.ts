import { project } from '@tale/presets/vitest';

export default project('local-engine', {
  globalSetup: ['test/global-setup.ts'],
  // Real processes: on a busy machine each of them takes its time, and nothing is measured by these.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // Most files take less time than a process of their own takes to start, and most real ones wait for their children.
  isolate: false,
  maxWorkers: 2,
});
