import { project } from '@tale/presets/vitest';

export default project('checkpoints', { globalSetup: 'test/global-setup.ts' });
