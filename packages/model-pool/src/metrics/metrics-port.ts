import type { MetricLabels, MetricName } from './series.js';

/** The port that numbers for graphs and alarms go to; {@link metricSeries} lists them all. A method that throws is logged and harms nobody. */
export interface MetricsPort {
  /** Adds to a counter; 1 where no value is given. */
  count<Name extends MetricName<'counter'>>(name: Name, labels: MetricLabels<Name>, value?: number): void;
  /** Adds one value to a histogram. */
  observe<Name extends MetricName<'histogram'>>(name: Name, labels: MetricLabels<Name>, value: number): void;
  /** Sets a gauge. */
  gauge<Name extends MetricName<'gauge'>>(name: Name, labels: MetricLabels<Name>, value: number): void;
}
