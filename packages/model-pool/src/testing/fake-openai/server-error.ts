import type { JsonObject } from '../../types.js';
import type { FakeServes } from '../fake-ollama/options.js';

/** Names that llama-server gives to statuses. */
const llamaTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  501: 'not_supported_error',
  503: 'unavailable_error',
};

const ollamaTypes: Readonly<Record<number, string>> = { 400: 'invalid_request_error', 404: 'not_found_error' };

/** A failure in OpenAI's shape, as the server in question fills it in. */
export function serverError(serves: FakeServes, message: string, status: number): JsonObject {
  if (serves === 'ollama')
    return { error: { message, type: ollamaTypes[status] ?? 'api_error', param: null, code: null } };
  const type = message.includes('context length')
    ? 'exceed_context_size_error'
    : (llamaTypes[status] ?? 'server_error');
  return { error: { code: status, message, type } };
}
