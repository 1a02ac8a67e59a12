import { project } from '@tale/presets/vitest';

export default project('consumer', { coverage: { enabled: false } });
