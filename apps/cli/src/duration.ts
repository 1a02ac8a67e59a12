const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `90`, `90s`, `1h30m`, `1.5d` in ms, a bare number in seconds; `null` for anything else, zero and what is beyond ten years. */
export function parseDuration(text: string): number | null {
  const compact = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(compact)) return checked(Number(compact) * 1_000);
  const parts = [...compact.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== compact) return null;
  return checked(parts.reduce((sumMs, [, amount, unit]) => sumMs + Number(amount) * unitMs[unit!]!, 0));
}

function checked(ms: number): number | null {
  const rounded = Math.round(ms);
  return rounded > 0 && rounded <= 3_652 * unitMs.d! ? rounded : null;
}

/** A duration for people: `40 ms`, `4.6 s`, `2 min 5 s`, `3 h 12 min`, `4 d`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return join(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return join(Math.floor(minutes / 1_440), 'd', Math.round((minutes % 1_440) / 60), 'h');
}

/** A remaining time for people: `~40.0 s`; `''` where it is unknown, about to end or so long that it says nothing. */
export function formatEta(ms: number | null): string {
  return ms === null || !(ms >= 1_000 && ms <= unitMs.d!) ? '' : `~${formatDuration(ms)}`;
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
