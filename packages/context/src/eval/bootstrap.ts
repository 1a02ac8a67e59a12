import type { ReportValue } from './report-schema.js';

/** A measured value and the conversation that it comes from. */
export interface Sample {
  readonly conversation: string;
  readonly value: number;
}

/** Makes figures with intervals. */
export interface Figures {
  /** Mean of samples with its 95 % interval, resampled by conversation. */
  mean(samples: readonly Sample[], unit?: string): ReportValue;
  /** A figure that is no mean. */
  exact(value: number, n: number, unit: string): ReportValue;
  /** No figure. */
  none(reason: string, unit?: string): ReportValue;
}

/** Figures from so many resamples; the same seed gives the same intervals. */
export function createFigures(resamples: number): Figures {
  return {
    mean(samples, unit = 'share') {
      if (samples.length === 0) return { value: null, ci: null, n: 0, unit, reason: 'no rows' };
      const value = samples.reduce((sum, sample) => sum + sample.value, 0) / samples.length;
      return { value: rounded(value), ci: interval(samples, resamples), n: samples.length, unit };
    },
    exact: (value, n, unit) => ({ value: rounded(value), ci: null, n, unit }),
    none: (reason, unit = 'share') => ({ value: null, ci: null, n: 0, unit, reason }),
  };
}

function interval(samples: readonly Sample[], resamples: number): [number, number] | null {
  const groups = new Map<string, { sum: number; count: number }>();
  for (const { conversation, value } of samples) {
    const group = groups.get(conversation) ?? { sum: 0, count: 0 };
    groups.set(conversation, { sum: group.sum + value, count: group.count + 1 });
  }
  const list = [...groups.values()];
  if (list.length < 2 || resamples < 20) return null;
  const random = seeded(samples.length);
  const means: number[] = [];
  for (let turn = 0; turn < resamples; turn++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < list.length; draw++) {
      const group = list[Math.floor(random() * list.length)]!;
      sum += group.sum;
      count += group.count;
    }
    means.push(sum / count);
  }
  means.sort((first, second) => first - second);
  const at = (share: number) => rounded(means[Math.min(means.length - 1, Math.floor(means.length * share))]!);
  return [at(0.025), at(0.975)];
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed + 0x6d2b79f5;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
