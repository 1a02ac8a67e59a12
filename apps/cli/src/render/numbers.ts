/** A count for people: `940`, `3.1k`, `12k`, `4.2M`. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_500) return `${short(count / 1_000)}k`;
  return `${short(count / 1_000_000)}M`;
}

/** Bytes for people, decimal units: `512 B`, `40 kB`, `144 MB`, `4.7 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : short(value)} ${units[unit]}`;
}

/** What is unknown is `?`, never 0. */
export function orUnknown(value: number | null | undefined, format: (value: number) => string = String): string {
  return value === null || value === undefined ? '?' : format(value);
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`. */
export function formatOrdinal(position: number): string {
  const tens = position % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th');
  return `${position}${suffix}`;
}

function short(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}
