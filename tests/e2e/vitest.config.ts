import { project } from '@tale/presets/vitest';

export default project('e2e', { coverage: { enabled: false } });
