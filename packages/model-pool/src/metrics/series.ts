/** One series of numbers that a pool tells; what a registry of metrics needs to know of it. */
export interface MetricSeries {
  /** Its name. */
  readonly name: string;
  /** `counter` goes up, `gauge` is the newest value, `histogram` is one value at a time. */
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What one is. */
  readonly unit: 'calls' | 'seconds' | 'bytes' | 'tokens per second' | 'state';
  /** For people. */
  readonly help: string;
  /** Its labels. None ever holds an id: their values are those of the configuration. */
  readonly labels: readonly string[];
  /** Upper limits of the classes of a histogram, in its unit. */
  readonly buckets?: readonly number[] | undefined;
}

const seconds = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const;

const series = [
  {
    name: 'model_pool_calls_total',
    kind: 'counter',
    unit: 'calls',
    help: 'Attempts that ended, by how they ended.',
    labels: ['role', 'model', 'status'],
  },
  {
    name: 'model_pool_lane_wait_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time that an attempt waited in its lane.',
    labels: ['lane'],
    buckets: seconds,
  },
  {
    name: 'model_pool_lane_waiting',
    kind: 'gauge',
    unit: 'calls',
    help: 'Calls that wait in a lane.',
    labels: ['lane'],
  },
  {
    name: 'model_pool_load_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time that a load of a model took.',
    labels: ['model'],
    buckets: seconds,
  },
  {
    name: 'model_pool_first_token_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from entering the lane to the first piece of text.',
    labels: ['role', 'model'],
    buckets: seconds,
  },
  {
    name: 'model_pool_tokens_per_second',
    kind: 'histogram',
    unit: 'tokens per second',
    help: 'Rate at which an answer was written.',
    labels: ['model'],
    buckets: [1, 2, 3, 5, 10, 20, 40, 80, 160],
  },
  {
    name: 'model_pool_residency_lost_seconds',
    kind: 'gauge',
    unit: 'seconds',
    help: 'Time that a model should have been in memory and was not, since the pool was created.',
    labels: ['model'],
  },
  {
    name: 'model_pool_backend_open',
    kind: 'gauge',
    unit: 'state',
    help: 'Whether the breaker of a backend is open, so that calls are kept away from it: 1, else 0.',
    labels: ['backend'],
  },
  {
    name: 'model_pool_memory_held_bytes',
    kind: 'gauge',
    unit: 'bytes',
    help: 'Memory that all models of this machine hold.',
    labels: [],
  },
  {
    name: 'model_pool_memory_budget_bytes',
    kind: 'gauge',
    unit: 'bytes',
    help: 'Memory that they may hold; not told where it is not limited.',
    labels: [],
  },
] as const satisfies readonly MetricSeries[];

/** Every series of a pool; the list is closed. An application registers it with its own library, such as prom-client. */
export const metricSeries: readonly MetricSeries[] = series;

type Series = (typeof series)[number];

/** Names of the series of a kind. */
export type MetricName<Kind extends MetricSeries['kind'] = MetricSeries['kind']> = Extract<
  Series,
  {
    /** Counter, histogram or gauge. */
    readonly kind: Kind;
  }
>['name'];

interface Named<Name extends string> {
  /** The name. */
  readonly name: Name;
}

/** Labels of a series with their values. */
export type MetricLabels<Name extends MetricName = MetricName> = {
  readonly [Label in Extract<Series, Named<Name>>['labels'][number]]: string;
};
