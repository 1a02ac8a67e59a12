/** Which of the pool's calls a body of `POST /v1/calls` asks for; the keys that only one of them has decide. */
export function callKindOf(body: unknown): 'text' | 'embed' | 'decide' {
  if (body === null || typeof body !== 'object') return 'text';
  if ('input' in body) return 'embed';
  return 'state' in body || 'questions' in body ? 'decide' : 'text';
}
