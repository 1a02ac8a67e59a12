import { expect, it } from 'vitest';
import { ollamaApi, openaiApi } from '../../src/http/api.js';
import { apiOf, findRoute, routes } from '../../src/http/route-table.js';

it('every method and path has one route', () => {
  const keys = routes.map(([method, path]) => `${method} ${path}`);
  expect(new Set(keys).size).toBe(keys.length);
});

it('finds what stands in the place of *, decoded', () => {
  expect(findRoute('GET', '/v1/models/qwen%3A0.5b').rest).toBe('qwen:0.5b');
  expect(findRoute('GET', '/v1/models/library/qwen').rest).toBe('library/qwen');
  expect(findRoute('GET', '/api/tags').rest).toBe('');
});

it('answers HEAD where there is GET', () => {
  for (const [, path] of routes.filter(([method]) => method === 'GET')) {
    expect(findRoute('HEAD', path)).toEqual(findRoute('GET', path));
  }
});

it.each([
  ['GET', '/nothing', 404],
  ['GET', '/__proto__', 404],
  ['GET', '//api/tags', 404],
  ['GET', '/api/%74ags', 404],
  ['GET', '/v1/models/', 404],
  ['GET', '/v1/models/%zz', 404],
  ['GET', '/api/chat', 405],
  ['HEAD', '/api/chat', 405],
  ['OPTIONS', '/api/chat', 405],
  ['POST', '/', 405],
  ['DELETE', '/v1/models/x', 405],
])('%s %s is %d', (method, path, status) => {
  expect(() => findRoute(method, path)).toThrowError(expect.objectContaining({ status }));
});

it.each(['/api/create', '/api/copy', '/api/push', '/api/blobs/sha256:00', '/v1/messages', '/v1/responses'])(
  '%s is not supported, by any method',
  (path) => {
    for (const method of ['POST', 'GET', 'HEAD', 'DELETE']) {
      expect(() => findRoute(method, path)).toThrowError(expect.objectContaining({ code: 'not-supported' }));
    }
  },
);

it.each([
  ['/api/chat', ollamaApi],
  ['/nothing', ollamaApi],
  ['/v1/messages', ollamaApi],
  ['/v1', openaiApi],
  ['/v1/nothing', openaiApi],
  ['/v1/models/x', openaiApi],
  ['/tokenize', openaiApi],
])('errors of %s are those of its API', (path, api) => {
  expect(apiOf(path)).toBe(api);
});
