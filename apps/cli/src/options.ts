import { CommandError } from './command-error.js';
import { parseDuration } from './duration.js';
import { parseInstant } from './instant.js';

/** An integer between two limits, or `otherwise` where the option is not given. */
export function readInteger(
  option: string,
  text: string | undefined,
  limits: { readonly least: number; readonly most: number },
): number | null {
  if (text === undefined) return null;
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= limits.least && value <= limits.most) return value;
  throw refused(option, text, `a whole number from ${limits.least} to ${limits.most}`);
}

/** A duration in ms. */
export function readDuration(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  return parseDuration(text) ?? fail(option, text, 'a duration like 90s, 10m or 1h30m');
}

/** An instant, epoch ms. */
export function readInstant(option: string, text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  return parseInstant(text, nowMs) ?? fail(option, text, 'a time like 2h, today or 2027-01-31T14:00');
}

/** Words of a closed list, separated by commas. */
export function readChoices<Choice extends string>(
  option: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice[] {
  if (text === undefined) return [];
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  const wrong = words.find((word) => !choices.includes(word as Choice));
  if (wrong !== undefined) throw refused(option, wrong, `one of ${choices.join(', ')}`);
  return words as Choice[];
}

function fail(option: string, text: string, wanted: string): never {
  throw refused(option, text, wanted);
}

function refused(option: string, text: string, wanted: string): CommandError {
  return new CommandError('usage', `${option} takes ${wanted}, not ${JSON.stringify(text)}.`, {
    details: { option, value: text },
  });
}
