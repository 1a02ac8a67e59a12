import { describe, expect, it } from 'vitest';
import { type BackendWarningView, chooseWarnings } from '../../src/health/backend-warnings.js';

const view = (more: Partial<BackendWarningView> = {}): BackendWarningView => ({
  kind: 'ollama',
  version: '0.35.0',
  engine: null,
  isBeyondLoopback: false,
  ...more,
});

describe('chooseWarnings', () => {
  const table: [string, Partial<BackendWarningView>, string[]][] = [
    ['a safe version on loopback', {}, []],
    ['the version before it', { version: '0.34.9' }, ['version-unsafe']],
    ['a release candidate before it', { version: '0.34.0-rc2' }, ['version-unsafe']],
    ['a build without a version', { version: '0.0.0' }, ['version-unsafe']],
    ['a newer one', { version: '1.0.0' }, []],
    ['a version that cannot be read', { version: 'main' }, []],
    ['no version yet', { version: null }, []],
    ['reachable from elsewhere', { isBeyondLoopback: true }, ['bound-beyond-loopback']],
    ['not known from where', { isBeyondLoopback: null }, []],
    ['both', { version: '0.17.4', isBeyondLoopback: true }, ['version-unsafe', 'bound-beyond-loopback']],
    ['another engine with the same API', { version: '0.17.4', isBeyondLoopback: true, engine: 'local-engine' }, []],
    ['another kind', { kind: 'openai', version: '0.1.0', isBeyondLoopback: true }, []],
  ];
  for (const [name, more, codes] of table)
    it(name, () => expect(chooseWarnings(view(more)).map(({ code }) => code)).toEqual(codes));
});
