import { project } from '@tale/presets/vitest';

export default project('supervisor', {
  globalSetup: ['test/global-setup.ts'],
  // Runs in processes of its own, where nothing is measured.
  coverage: { exclude: ['src/testing/test-server-main.ts'] },
});
