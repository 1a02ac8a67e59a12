import { describe, expect, it } from 'vitest';
import { describeRefusal } from '../../../../src/server/index.js';

const refused = (status: number, code: string, path = '/v1/chat/completions', hint: string | null = null) =>
  describeRefusal({ path, status, code, message: 'It is not here.', hint });

describe('a request that was refused before it came to the handler', () => {
  it.each([
    [401, 'unauthorized', 'invalid_request_error', 'invalid_api_key'],
    [403, 'forbidden', 'permission_error', 'forbidden'],
    [404, 'not-found', 'invalid_request_error', 'unknown_url'],
    [405, 'method-not-allowed', 'invalid_request_error', 'method_not_supported'],
    [400, 'invalid-request', 'invalid_request_error', 'invalid-request'],
    [413, 'too-large', 'invalid_request_error', 'too-large'],
    [415, 'unsupported-media-type', 'invalid_request_error', 'unsupported-media-type'],
    [429, 'rate-limited', 'rate_limit_error', 'rate_limit_exceeded'],
    [500, 'internal', 'server_error', 'internal'],
    [503, 'models-unavailable', 'server_error', 'models-unavailable'],
  ])('with %d %s is a %s %s to an OpenAI client', (status, code, type, expected) => {
    expect(refused(status, code)).toEqual({ error: { message: 'It is not here.', type, param: null, code: expected } });
  });

  it('says in its message what to do', () => {
    expect(refused(401, 'unauthorized', '/v1/models', 'ask for a key')?.error.message).toBe(
      'It is not here: ask for a key',
    );
  });

  it.each(['/v1/models/x', '/v1/embeddings', '/v1/responses', '/v1/callsign', '/v1/'])('is told so at %s', (path) => {
    expect(refused(404, 'not-found', path)).not.toBeNull();
  });

  it.each(['/v1/calls', '/v1/calls/ID', '/v1/pool', '/v1/pool/load', '/mcp', '/', '/v1', '/v10/models'])(
    'is left to tale’s own envelope at %s',
    (path) => {
      expect(refused(401, 'unauthorized', path)).toBeNull();
    },
  );
});
