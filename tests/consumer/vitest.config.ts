import { project } from '@tale/presets/vitest';

// Each test is npm, the compiler and a program, one after another: two at once keep two cores busy.
export default project('consumer', { coverage: { enabled: false }, maxConcurrency: 2 });
