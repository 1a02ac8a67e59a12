import { expect, it } from 'vitest';
import { refusalBody } from '../../src/models/refusal-body.js';
import { serveHttp } from '../../src/server/serve-http.js';

const token = 'secret';
const json = { 'content-type': 'application/json' };

it('tells OpenAI clients in their own shape how to get in, and everybody else in the envelope', async () => {
  const server = await serveHttp({
    ...{ name: 'models', instance: 1, nonce: 'n', token, port: 0, routes: [] },
    errorBody: refusalBody,
    otherwise: async () => false,
  });
  const send = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(server.url + path, init);
    return [answer.status, await answer.json()];
  };
  const authorization = `Bearer ${token}`;
  for (const headers of [{}, { authorization: 'Bearer wrong' }])
    expect(await send('/v1/models', { headers })).toEqual([
      401,
      {
        error: {
          ...{ type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
          message: expect.stringContaining('`tale models endpoint --key`'),
        },
      },
    ]);
  const post = (headers: Record<string, string>, body = '{}') =>
    send('/v1/chat/completions', { method: 'POST', headers: { authorization, ...headers }, body });
  expect(await post({ 'content-type': 'text/plain' })).toMatchObject([
    415,
    { error: { type: 'invalid_request_error' } },
  ]);
  expect(await post(json, `"${'x'.repeat(5 << 20)}"`)).toMatchObject([413, { error: { code: 'too-large' } }]);
  expect(await post({ ...json, origin: 'http://evil.example' })).toMatchObject([
    403,
    { error: { type: 'permission_error' } },
  ]);
  expect(await send('/v1/responses', { headers: { authorization } })).toMatchObject([
    404,
    { error: { code: 'unknown_url' } },
  ]);
  expect(await send('/v1/calls')).toMatchObject([401, { error: { code: 'unauthorized', source: 'models' } }]);
  await server.close({ drainMs: 0 });
});
