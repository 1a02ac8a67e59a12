import { project } from '@tale/presets/vitest';

export default project('cli', { globalSetup: 'test/support/build.mjs' });
