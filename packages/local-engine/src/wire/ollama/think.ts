import { invalidRequest } from '../read-request.js';

const levels = ['low', 'medium', 'high', 'max'];

/**
 * The value of `think`: a boolean or a level, which means yes.
 *
 * @returns `null` where it was left out: as the model does
 * @throws LocalEngineError `invalid-request`
 */
export function readThink(value: unknown): boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && levels.includes(value)) return true;
  throw invalidRequest(
    `invalid think value: ${JSON.stringify(value)?.slice(0, 100)} (must be "high", "medium", "low", "max", true, or false)`,
  );
}
