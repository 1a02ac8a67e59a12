import type { ModelPoolErrorCode } from '../errors.js';
import { CanaryRecord } from '../health/canary.js';
import { FirstTokens, judgeSpeed, type Slowness } from '../health/speed.js';
import type { ModelStatus } from '../status.js';
import type { Role } from '../types.js';
import { Absence } from './absence.js';
import { DriftWatch } from './drift-watch.js';
import { LoadRest } from './load-rest.js';
import { ModelFiles } from './model-files.js';
import { type Answer, AnswerRates, Sample } from './statistics.js';

/** Failures that say that a model does not answer as it should. */
const faults: ReadonlySet<ModelPoolErrorCode> = new Set<ModelPoolErrorCode>([
  'first-token-timeout',
  'stalled',
  'stream-broken',
  'load-failed',
]);

/** What was learnt about one model. */
export class ModelFacts {
  readonly loads = new Sample();
  readonly rates = new AnswerRates();
  readonly firstTokens = new FirstTokens();
  readonly canary = new CanaryRecord();
  readonly absence = new Absence();
  readonly drift = new DriftWatch();
  readonly rest = new LoadRest();
  readonly files = new ModelFiles();
  #health: ModelStatus['health'] = 'unknown';
  #brokenMs: number | null = null;

  /** Whether the last thing it was asked went well. */
  get health(): ModelStatus['health'] {
    return this.#health;
  }

  /** When an answer of it broke off, monotonic ms; `null` = none did, or it answered since. */
  get brokenMs(): number | null {
    return this.#brokenMs;
  }

  /** It answered. */
  answered(answer: Answer): void {
    this.#health = 'ok';
    this.#brokenMs = null;
    this.rates.add(answer);
    if (answer.role === null) return;
    this.canary.answered();
    if (answer.role === 'ux' && typeof answer.firstTokenMs === 'number') this.firstTokens.add(answer.firstTokenMs);
  }

  /** A call failed. */
  doubted(code: ModelPoolErrorCode | null, nowMs: number): void {
    if (code !== null && faults.has(code)) this.#health = 'suspect';
    if (code === 'stream-broken') this.#brokenMs = nowMs;
  }

  /** It is in memory. */
  arrived(): void {
    this.#health = 'unknown';
    this.#brokenMs = null;
    this.rest.loaded();
  }

  /** It is not in memory any more. */
  left(): void {
    this.#brokenMs = null;
    this.drift.forget();
    this.files.load(null);
  }

  /** The roles that it is too slow for. */
  slowness(roles: readonly Role[]): Slowness[] {
    const { decode, answers } = this.rates;
    return judgeSpeed({ roles, firstTokenMs: this.firstTokens.medianMs, tokensPerSecond: decode, answers });
  }
}
