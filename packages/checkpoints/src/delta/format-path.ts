import type { Path } from '../types.js';

/** `['messages', 3, 'my text']` → `messages[3]["my text"]`; the whole state is `(state)`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number' || !/^[A-Za-z0-9_-]+$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text || '(state)';
}
