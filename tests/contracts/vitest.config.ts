import { project } from '@tale/presets/vitest';

export default project('contracts', { coverage: { enabled: false }, globalSetup: ['test/global-setup.ts'] });
