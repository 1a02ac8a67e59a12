/** HTTP status of an error code; unknown codes are failures of the server. */
export function statusOf(code: string): number {
  return statuses[code] ?? 500;
}

const statuses: Readonly<Record<string, number>> = {
  'prompt-empty': 400,
  'prompt-too-long': 413,
  'invalid-request': 400,
  'invalid-task': 400,
  'invalid-option': 400,
  'invalid-argument': 400,
  'invalid-import': 400,
  'message-too-large': 413,
  'task-not-found': 404,
  'not-found': 404,
  'model-missing': 404,
  'method-not-allowed': 405,
  'key-conflict': 409,
  'not-retryable': 409,
  'ambiguous-id': 409,
  'conversation-closed': 409,
  'seq-conflict': 409,
  'rate-limited': 429,
  overloaded: 429,
  'models-unavailable': 503,
  'servers-down': 503,
  'backend-down': 503,
  'shutting-down': 503,
  'storage-busy': 503,
  'store-busy': 503,
  'disk-full': 507,
  'store-full': 507,
};
