import { project } from '@tale/presets/vitest';

export default project('skeleton', { coverage: { enabled: false } });
