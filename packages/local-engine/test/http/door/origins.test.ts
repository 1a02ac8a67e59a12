import { expect, it } from 'vitest';
import { originHeaders, preflightHeaders, readOrigins } from '../../../src/http/door/origins.js';

it.each(['https://example.org', 'http://localhost:3000', 'https://[::1]:8443'])('%s is an origin', (origin) => {
  expect(readOrigins([origin])).toEqual([origin]);
});

it.each([
  '*',
  'null',
  '',
  'example.org',
  'https://example.org/',
  'https://example.org/x',
  'HTTPS://example.org',
  'file://',
])('%j is refused', (origin) => {
  expect(() => readOrigins(['https://example.org', origin])).toThrowError(
    expect.objectContaining({ code: 'invalid-options' }),
  );
});

it('an answer names its one origin, and caches keep it apart', () => {
  expect(originHeaders('https://a.test')).toMatchObject({
    'access-control-allow-origin': 'https://a.test',
    vary: 'origin',
  });
  expect(preflightHeaders('https://a.test')['access-control-allow-methods']).toContain('DELETE');
});
