import { project } from '@tale/presets/vitest';

export default project('test-kit');
