import { project } from '@tale/presets/vitest';

export default project('context', { globalSetup: 'test/support/global-setup.ts' });
