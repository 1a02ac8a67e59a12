import type { PoolEvent } from '../events.js';
import type { BackendMonitor } from '../health/backend-monitor.js';
import { lanes } from '../lanes/grant.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { CallEnd, Clock, Lane, Logger } from '../types.js';
import type { MetricsPort } from './metrics-port.js';

/** What the numbers are read from. */
export interface PoolMetricsParts {
  /** Where they go. */
  readonly port: MetricsPort;
  /** Calls that wait in a lane. */
  readonly waiting: (lane: Lane) => number;
  /** Servers. */
  readonly monitors: ReadonlyMap<string, BackendMonitor>;
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** The memory, bytes; `null` = not limited. */
  readonly memory: () => { readonly heldBytes: number; readonly budgetBytes: number | null };
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
}

/** Turns the pool's events into numbers. What is a state is told when it may have changed, and with every look at the servers. */
export class PoolMetrics {
  readonly #parts: PoolMetricsParts;

  constructor(parts: PoolMetricsParts) {
    this.#parts = parts;
  }

  /** Takes an event. */
  observe(event: PoolEvent): void {
    try {
      this.#take(event);
    } catch (error) {
      this.#parts.logger.error({ error, event: event.type }, 'the port of metrics failed');
    }
  }

  /** Tells every state. */
  sample(): void {
    try {
      this.#sample();
    } catch (error) {
      this.#parts.logger.error({ error }, 'the port of metrics failed');
    }
  }

  #take(event: PoolEvent): void {
    switch (event.type) {
      case 'call-queued':
      case 'call-start':
        this.#tellLane(event.lane);
        break;
      case 'call-end':
        this.#ended(event);
        break;
      case 'model-ready': {
        const model = this.#parts.runtimes.get(event.name)?.configured.profile.model ?? event.name;
        if (event.loadMs !== null) this.#parts.port.observe('model_pool_load_seconds', { model }, event.loadMs / 1_000);
        this.#sample();
        break;
      }
      case 'decision':
        // The owner of the breaker has learnt of a failed attempt by now.
        if (event.kind === 'retry' || event.kind === 'fallback' || event.kind === 'fail') this.#tellBackends();
        break;
      case 'model-lost':
      case 'model-evict':
      case 'residency-restore':
      case 'backend-down':
      case 'backend-up':
        this.#sample();
        break;
      default:
    }
  }

  #ended({ role, model, lane, status, timing, usage }: CallEnd): void {
    const { port } = this.#parts;
    port.count('model_pool_calls_total', { role, model, status });
    port.observe('model_pool_lane_wait_seconds', { lane }, timing.queueMs / 1_000);
    if (timing.ttftMs !== null) port.observe('model_pool_first_token_seconds', { role, model }, timing.ttftMs / 1_000);
    if (timing.decodeMs !== null && timing.decodeMs > 0 && usage.outputTokens > 1)
      port.observe('model_pool_tokens_per_second', { model }, (usage.outputTokens * 1_000) / timing.decodeMs);
    this.#tellLane(lane);
  }

  #tellLane(lane: Lane): void {
    this.#parts.port.gauge('model_pool_lane_waiting', { lane }, this.#parts.waiting(lane));
  }

  #tellBackends(): void {
    for (const [backend, { isOpen }] of this.#parts.monitors)
      this.#parts.port.gauge('model_pool_backend_open', { backend }, isOpen ? 1 : 0);
  }

  #sample(): void {
    const { port, runtimes, memory, clock } = this.#parts;
    for (const lane of lanes) this.#tellLane(lane);
    this.#tellBackends();
    for (const { configured, facts, isPinned } of runtimes.values()) {
      const lostMs = facts.absence.totalMs(clock.monotonicMs());
      const { model } = configured.profile;
      if (isPinned || lostMs > 0) port.gauge('model_pool_residency_lost_seconds', { model }, lostMs / 1_000);
    }
    const { heldBytes, budgetBytes } = memory();
    port.gauge('model_pool_memory_held_bytes', {}, heldBytes);
    if (budgetBytes !== null) port.gauge('model_pool_memory_budget_bytes', {}, budgetBytes);
  }
}
