import { project } from '@tale/presets/vitest';

export default project('tasks', { globalSetup: ['test/support/bundle-for-children.ts'] });
