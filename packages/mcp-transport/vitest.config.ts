import { project } from '@tale/presets/vitest';

export default project('mcp-transport');
