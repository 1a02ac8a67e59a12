import { LocalEngineError } from '../errors.js';

const pattern = /^[a-z0-9][a-z0-9._-]{0,79}:[a-z0-9][a-z0-9._-]{0,79}$/;

/** Whether a text is a full model name, `name:tag`. Names become paths: nothing else is let through. */
export function isModelName(text: string): boolean {
  return pattern.test(text) && !text.includes('..');
}

/**
 * The full name of what a caller wrote: lower case, `:latest` where the tag is missing.
 *
 * @throws {@link LocalEngineError} `invalid-request`
 */
export function parseModelName(text: string): string {
  const lower = text.trim().toLowerCase();
  const name = lower.includes(':') ? lower : `${lower}:latest`;
  if (!isModelName(name))
    throw new LocalEngineError('invalid-request', 'invalid model name', { model: text.slice(0, 200) });
  return name;
}
