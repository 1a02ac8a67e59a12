import { project } from '@tale/presets/vitest';

// Entry points and composition run in processes of their own; tests/e2e drives them.
export default project('servers', {
  coverage: {
    exclude: [
      'src/*/main.ts',
      'src/*/compose.ts',
      'src/*/runner.ts',
      'src/supervisor/run-supervisor.ts',
      'src/server/run-server.ts',
    ],
  },
});
