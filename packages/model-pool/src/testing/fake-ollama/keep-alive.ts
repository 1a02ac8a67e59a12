const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * `keep_alive` as Ollama reads it, ms; `undefined` = left out, `null` = not allowed. A number is seconds, a string a duration of
 * Go, anything negative for ever. The string "-1" has no unit and is not allowed.
 */
export function parseKeepAlive(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value < 0 ? Number.POSITIVE_INFINITY : value * 1000;
  if (typeof value !== 'string') return null;
  const [, sign, rest = ''] = /^([+-]?)(.*)$/.exec(value) ?? [];
  if (rest === '0') return 0;
  const parts = [...rest.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([text]) => text).join('') !== rest) return null;
  const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0);
  return sign === '-' && ms > 0 ? Number.POSITIVE_INFINITY : ms;
}
