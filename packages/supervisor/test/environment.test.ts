import { expect, it } from 'vitest';
import { childEnvironment } from '../src/environment.js';

it('passes on what is on the list, and nothing that could be a secret', () => {
  const inherited = {
    PATH: '/bin',
    LC_ALL: 'C',
    HOME: undefined,
    OPENAI_API_KEY: 'secret',
    NODE_OPTIONS: '--inspect',
    TALE_TOKEN: 'secret',
  };
  expect(childEnvironment(inherited, {}, {})).toEqual({ PATH: '/bin', LC_ALL: 'C' });
});

it('lets the spec override what is inherited, and the supervisor both', () => {
  expect(childEnvironment({ PATH: '/bin' }, { PATH: '/own', TALE_PORT: '1', A: 'b' }, { TALE_PORT: '2' })).toEqual({
    PATH: '/own',
    TALE_PORT: '2',
    A: 'b',
  });
});
