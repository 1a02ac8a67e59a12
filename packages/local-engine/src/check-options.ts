import { LocalEngineError } from './errors.js';
import type { LocalEngineOptions } from './types.js';

const loopback = ['127.0.0.1', 'localhost', '::1'];
const mostSlots = 64;

const isWhole = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** What each option must be, where it is given. */
const rules: Readonly<
  Partial<Record<keyof LocalEngineOptions, { readonly must: string; fits(value: unknown): boolean }>>
> = {
  host: { must: `one of ${loopback.join(', ')}`, fits: (value) => loopback.includes(value as string) },
  port: { must: 'a whole number from 0 to 65535', fits: (value) => isWhole(value, 0, 65_535) },
  token: { must: 'a text without white space', fits: (value) => typeof value === 'string' && /^\S+$/.test(value) },
  keepAliveMs: { must: 'a number of ms from 0 on', fits: (value) => typeof value === 'number' && value >= 0 },
  contextTokens: { must: 'a whole number from 1 on', fits: (value) => isWhole(value, 1, Number.MAX_SAFE_INTEGER) },
  threads: {
    must: "a whole number from 1 on, or 'all'",
    fits: (value) => value === 'all' || isWhole(value, 1, 65_536),
  },
  slots: { must: `a whole number from 1 to ${mostSlots}`, fits: (value) => isWhole(value, 1, mostSlots) },
  gpu: { must: "'auto' or 'off'", fits: (value) => value === 'auto' || value === 'off' },
};

/**
 * Checks the plain options of an engine.
 *
 * @throws {@link LocalEngineError} `invalid-options`, naming the first wrong one; never a token
 */
export function checkOptions(options: LocalEngineOptions): void {
  for (const [name, { must, fits }] of Object.entries(rules)) {
    const value = options[name as keyof LocalEngineOptions];
    if (value !== undefined && !fits(value)) throw new LocalEngineError('invalid-options', `${name} must be ${must}`);
  }
}
