import { project } from '@tale/presets/vitest';

export default project('local-engine', { globalSetup: ['test/global-setup.ts'] });
