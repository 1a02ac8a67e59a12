import { app } from '@tale/presets/tsup';

export default app({
  supervisor: 'src/supervisor/main.ts',
  gateway: 'src/gateway/main.ts',
  execution: 'src/execution/main.ts',
  models: 'src/models/main.ts',
  'ux-agent': 'src/ux-agent/main.ts',
  'local-engine': 'src/local-engine/main.ts',
  'local-engine-runner': 'src/local-engine/runner.ts',
});
