import { LocalEngineError } from '../../errors.js';

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * `keep_alive` as Ollama reads it: a number is seconds, a string is a duration of Go (`1h30m`, `-1m`), anything negative is for
 * ever (`Infinity`). A string without a unit, such as `"-1"`, is refused.
 *
 * @returns ms; `null` where it was left out
 * @throws {@link LocalEngineError} `invalid-request`
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseKeepAlive(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isFinite(value)) return value < 0 ? Number.POSITIVE_INFINITY : value * 1_000;
  if (typeof value === 'string') {
    const durationMs = parseGoDuration(value);
    return durationMs < 0 ? Number.POSITIVE_INFINITY : durationMs;
  }
  throw new LocalEngineError('invalid-request', `invalid keep_alive: ${JSON.stringify(value)?.slice(0, 100)}`);
}

function parseGoDuration(text: string): number {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  const quoted = JSON.stringify(text.slice(0, 100));
  if (rest === '') throw new LocalEngineError('invalid-request', `time: invalid duration ${quoted}`);
  const part = /(\d+\.?\d*|\.\d+)([a-zµμ]*)/y;
  let sumMs = 0;
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest);
    if (!match) throw new LocalEngineError('invalid-request', `time: invalid duration ${quoted}`);
    const [, amount, unit = ''] = match;
    const unitMs = Object.hasOwn(unitsMs, unit) ? unitsMs[unit] : undefined;
    if (unitMs === undefined) {
      const what = unit === '' ? 'missing unit' : `unknown unit ${JSON.stringify(unit)}`;
      throw new LocalEngineError('invalid-request', `time: ${what} in duration ${quoted}`);
    }
    sumMs += Number(amount) * unitMs;
  }
  return sign === '-' ? -sumMs : sumMs;
}
