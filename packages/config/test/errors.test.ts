import { expect, it } from 'vitest';
import { ConfigError } from '../src/index.js';

it('recognises errors of another installed copy and nothing else', () => {
  const foreign = Object.defineProperty(new Error('x'), Symbol.for('@tale/config/error'), { value: true });
  expect(ConfigError.isInstance(foreign)).toBe(true);
  expect(ConfigError.isInstance(new ConfigError('closed', 'x'))).toBe(true);
  expect(ConfigError.isInstance(new Error('x'))).toBe(false);
  expect(ConfigError.isInstance(undefined)).toBe(false);
});

it('carries its facts', () => {
  const cause = new Error('why');
  expect(new ConfigError('conflict', 'x', { cause, retryable: true, path: '/p' })).toMatchObject({
    name: 'ConfigError',
    code: 'conflict',
    retryable: true,
    problems: [],
    path: '/p',
    cause,
  });
  expect(new ConfigError('closed', 'x')).toMatchObject({ retryable: false, path: null });
});
