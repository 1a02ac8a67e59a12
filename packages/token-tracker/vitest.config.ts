import { project } from '@tale/presets/vitest';

export default project('token-tracker');
