import { createBackend } from './backends/create-backend.js';
import type { PoolParts } from './calls/pool-parts.js';
import { createTokenCounter } from './calls/token-counter.js';
import { DecisionLog } from './decisions/decision-log.js';
import type { StoryEntry } from './decisions/story.js';
import type { PoolEvent } from './events.js';
import { askCanary } from './health/ask-canary.js';
import { BackendMonitor } from './health/backend-monitor.js';
import { CanaryWatch } from './health/canary-watch.js';
import { SpeedJudge } from './health/speed-judge.js';
import { LaneQueue } from './lanes/lane-queue.js';
import { SizeMemory } from './memory/estimates.js';
import { MemoryGuard } from './memory/memory-guard.js';
import { readMemory } from './memory/read-memory.js';
import { StrangerWatch } from './memory/stranger-watch.js';
import { PoolMetrics } from './metrics/pool-metrics.js';
import type { ModelPoolOptions, TimerOptions } from './options.js';
import { ResidencyHistory } from './residency/history.js';
import { Residency } from './residency/residency.js';
import { ResidencyLoop } from './residency/residency-loop.js';
import { ResidencyReader } from './residency/residency-reader.js';
import { ModelRuntime } from './residency/runtime.js';
import type { RuntimeEffects } from './residency/runtime-options.js';
import { Traffic } from './residency/traffic.js';
import { Turns } from './residency/turns.js';
import { checkConfiguration } from './roles/configuration.js';
import { RoleOrder } from './roles/role-order.js';
import { createUlids, silentLogger, systemClock } from './system.js';
import { waitFor } from './waiting/wait-for.js';

/** What the parts of a pool do to the pool itself. */
export interface PoolHooks {
  /** Sends an event to every subscriber. */
  emit(event: PoolEvent): void;
  /** Whether calls run or wait. */
  isBusy(): boolean;
  /** Aborted once the pool closes. */
  readonly closing: AbortSignal;
}

/** The parts of a pool, put together. */
export interface ConstructedPool {
  /** What calls work with. */
  readonly parts: PoolParts;
  /** The memory. */
  readonly guard: MemoryGuard;
  /** Learnt sizes. */
  readonly sizes: SizeMemory;
  /** Who is in memory. */
  readonly reader: ResidencyReader;
  /** Who takes turns. */
  readonly turns: Turns;
  /** What changed in memory. */
  readonly history: ResidencyHistory;
  /** Questions to models. */
  readonly canaries: CanaryWatch;
}

type Timers = PoolParts['timers'];

function fillTimers(given: TimerOptions = {}): Timers {
  return {
    connectMs: given.connectMs ?? 2_000,
    probeMs: given.probeMs ?? 5_000,
    loadMinMs: given.loadMinMs ?? 60_000,
    loadMaxMs: given.loadMaxMs ?? 600_000,
    firstTokenMinMs: given.firstTokenMinMs ?? 20_000,
    stallMs: given.stallMs ?? 30_000,
  };
}

/** Looks at a server; who leaves does not wait for its answer. */
async function lookUntil(monitor: BackendMonitor, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await waitFor(monitor.look(signal), signal);
}

/** Checks the options and puts a pool together; opens no connection. @throws ModelPoolError `configuration` */
export function constructPool(options: ModelPoolOptions, hooks: PoolHooks): ConstructedPool {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const timers = fillTimers(options.timers);
  const countTokens = createTokenCounter(options.countTokens, logger);
  const configuration = checkConfiguration(options);
  const order = new RoleOrder(configuration);
  const traffic = new Traffic();
  const history = new ResidencyHistory();
  const emit = (event: PoolEvent) => {
    traffic.observe(event);
    canaries.observe(event);
    metrics?.observe(event);
    hooks.emit(event);
  };
  const record = (entry: StoryEntry) => {
    if (!decisions.isRecorded(entry)) return;
    try {
      options.record?.add(entry);
    } catch (error) {
      logger.error({ error }, 'the record of decisions failed');
    }
  };
  const decisions = new DecisionLog(
    clock,
    (decision) => {
      record(decision);
      emit(decision);
    },
    record,
  );
  const decide: RuntimeEffects['decide'] = (decision) => decisions.add(decision);
  const monitors = new Map<string, BackendMonitor>();
  const runtimes = new Map<string, ModelRuntime>();
  const lanes = new LaneQueue({
    clock,
    decisions,
    facts(slot) {
      const runtime = runtimes.get(slot);
      return {
        prefillRate: runtime?.prefillRate ?? null,
        decodeRate: runtime?.facts.rates.decode ?? null,
        pausedMs: monitors.get(runtime?.backend.name ?? '')?.pausedMs ?? 0,
      };
    },
  });
  const sizes = new SizeMemory(options.memory?.estimates ?? null, logger);
  const reader = new ResidencyReader({
    configuration,
    order,
    monitors,
    runtimes,
    traffic,
    waiting: (lane) => lanes.scheduler.count(lane).waiting,
    restoreAfterMs: options.residency?.restoreAfterMs ?? 30_000,
    clock,
  });
  const maySwap = options.residency?.swap === 'allow';
  const turns: Turns = new Turns({ reader, runtimes, order, traffic, guard: () => guard, maySwap, decide });
  const guard: MemoryGuard = new MemoryGuard({
    budget: options.memory?.budget ?? null,
    read: options.memory?.read ?? readMemory,
    sizes,
    monitors,
    runtimes,
    turns,
    decide,
    clock,
  });
  const residency = new Residency({
    monitors,
    runtimes,
    reader,
    turns,
    guard,
    judge: new SpeedJudge({ runtimes, order, emit, clock }),
    strangers: new StrangerWatch(decide, logger),
    decide,
    firstMs: timers.loadMinMs,
    clock,
    logger,
  });
  const loop = new ResidencyLoop({
    look: (signal) => residency.look(signal),
    onRound() {
      canaries.round();
      metrics?.sample();
    },
    isBusy: () => hooks.isBusy(),
    busyMs: options.residency?.busyMs ?? 2_000,
    idleMs: options.residency?.idleMs ?? 10_000,
    clock,
  });
  const effects: Omit<RuntimeEffects, 'look'> = {
    emit,
    decide,
    changed: (change) => history.add(change),
    async admit(runtime, signal) {
      if (loop.isStarted) await residency.restoreFirst(runtime, signal);
      return guard.admit(runtime, signal);
    },
    measured: (runtime, loaded) => guard.measured(runtime, loaded),
    needBytes: (runtime) => guard.needBytes(runtime),
    displacer: (runtime) => reader.displacer(runtime),
    wake: () => loop.wake(),
  };
  for (const [name, backendOptions] of Object.entries(options.backends)) {
    const models = [...configuration.models.values()].filter((model) => model.backend === name);
    const backend = createBackend(backendOptions, {
      name,
      clock,
      connectMs: timers.connectMs,
      logger,
      models: models.map(({ profile }) => profile.model),
    });
    const own: ModelRuntime[] = [];
    const monitor = new BackendMonitor({ backend, runtimes: own, clock, logger, probeMs: timers.probeMs, emit });
    monitors.set(name, monitor);
    for (const configured of models) {
      const runtime = new ModelRuntime({
        configured,
        backend,
        clock,
        loadLimits: { minMs: timers.loadMinMs, maxMs: timers.loadMaxMs },
        effects: { ...effects, look: (signal) => lookUntil(monitor, signal) },
      });
      own.push(runtime);
      runtimes.set(configured.name, runtime);
    }
  }
  const canaries = new CanaryWatch({
    canaryMs: options.health?.canaryMs === undefined ? 60_000 : options.health.canaryMs,
    runtimes,
    ask: (runtime, signal) => askCanary(parts, runtime, signal),
    clock,
    logger,
  });
  const metrics: PoolMetrics | null =
    options.metrics === undefined
      ? null
      : new PoolMetrics({
          port: options.metrics,
          waiting: (lane) => lanes.scheduler.count(lane).waiting,
          monitors,
          runtimes,
          memory: () => guard.status(),
          clock,
          logger,
        });
  const parts: PoolParts = {
    configuration,
    runtimes,
    monitors,
    lanes,
    decisions,
    loop,
    candidates: (role) => order.candidates(role),
    standIn: (role) => reader.standIn(role),
    gate: options.gate ?? null,
    timers,
    clock,
    random: options.random ?? Math.random,
    createId: options.createId ?? createUlids(),
    countTokens,
    // The default is off by up to a half: pieces, one token each, are closer.
    countAnswer: options.countTokens === undefined ? () => 0 : countTokens,
    logger,
    lateSettles: new Set(),
    closing: hooks.closing,
    emit,
  };
  return { parts, guard, sizes, reader, turns, history, canaries };
}
