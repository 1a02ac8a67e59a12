import { parseDuration } from './duration.js';

/**
 * An instant as people name it, epoch ms: ISO 8601 (without zone: local time), `today`, `yesterday`, or a duration before
 * `nowMs` (`2h`, `7d`). `null` for anything else.
 */
export function parseInstant(text: string, nowMs: number): number | null {
  const word = text.trim().toLowerCase();
  if (word === 'now') return nowMs;
  if (word === 'today' || word === 'yesterday') {
    const day = new Date(nowMs);
    day.setHours(0, 0, 0, 0);
    if (word === 'yesterday') day.setDate(day.getDate() - 1);
    return day.getTime();
  }
  if (/^\d{4}-\d{2}-\d{2}/.test(word)) {
    // A date alone would be read as UTC.
    const ms = Date.parse(word.length === 10 ? `${word}T00:00` : text.trim());
    return Number.isNaN(ms) ? null : ms;
  }
  const durationMs = /[a-z]$/.test(word) ? parseDuration(word) : null;
  return durationMs === null ? null : nowMs - durationMs;
}

/** `14:02:11` in local time. */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** Local date and time: the time alone if it is of the same day as `nowMs`. */
export function formatInstant(ms: number, nowMs: number): string {
  const date = new Date(ms);
  const clock = formatClock(ms);
  if (date.toDateString() === new Date(nowMs).toDateString()) return clock;
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${clock}`;
}

/** How long ago, in one unit: `now`, `40 s`, `5 min`, `3 h`, `2 d`. */
export function formatAge(ms: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - ms) / 1_000);
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
