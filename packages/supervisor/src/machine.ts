/**
 * The life of one instance as a pure function: (machine, event) → machine and effects. The caller executes the effects in
 * their order and reports what comes of them as further events. At any time at most one timer is armed.
 */
import { backoffMs, isCrashLoop, recentExits } from './backoff.js';
import type { ServerState } from './types.js';

/** What a spec says that the machine needs to know. */
export interface MachineLimits {
  readonly readyTimeoutMs: number;
  readonly drainMs: number;
  readonly stopMs: number;
  readonly memoryLimitBytes: number | null;
  /** The process has an IPC channel: it can be asked to drain, and it beats. */
  readonly byIpc: boolean;
  readonly portFallback: boolean;
}

export interface Machine {
  readonly state: ServerState;
  readonly reason: string | null;
  /** What follows the next exit: rest, another start after a back-off, or one without it that counts as no failure. */
  readonly afterExit: 'rest' | 'again' | 'again-at-once';
  readonly failure: 'port-taken' | 'crash-loop' | 'refused-by-child' | null;
  readonly exitsAtMs: readonly number[];
  readonly attempt: number;
  readonly restarts: number;
  readonly startTimeouts: number;
  readonly degradedReason: string | null;
  readonly ticksWithoutBeat: number;
  readonly beatsOverLimit: number;
  readonly memoryRestartAtMs: number | null;
}

export type MachineEvent =
  | { readonly type: 'start' }
  | { readonly type: 'ready' }
  | { readonly type: 'degraded'; readonly reason: string | null }
  | { readonly type: 'beat'; readonly rssBytes: number }
  /** A second went by; `late`: the supervisor itself did not run in time, so silence proves nothing. */
  | { readonly type: 'tick'; readonly late: boolean }
  | { readonly type: 'deadline' }
  | { readonly type: 'stop'; readonly drainMs: number }
  | { readonly type: 'exit'; readonly code: number | null; readonly signal: string | null; readonly reason?: string }
  | { readonly type: 'port-refused'; readonly reason: string };

export type Effect =
  | { readonly type: 'spawn' }
  | { readonly type: 'skip-port' }
  | { readonly type: 'ask-stop'; readonly drainMs: number }
  | { readonly type: 'terminate' }
  | { readonly type: 'kill-group' }
  /** Replaces the armed timer. `judges`: its end is held against the process, so it is renewed if the supervisor was late. */
  | { readonly type: 'arm'; readonly delayMs: number; readonly judges: boolean }
  | { readonly type: 'disarm' }
  | { readonly type: 'crash-loop' };

export interface MachineContext {
  readonly limits: MachineLimits;
  /** Of the monotonic clock, as all instants of the machine: the system's may be set at any time. */
  readonly nowMs: number;
  /** In [0, 1), for jitter. */
  readonly random: number;
}

export interface Transition {
  readonly machine: Machine;
  readonly effects: readonly Effect[];
}

/** After so long without an exit the back-off begins anew. */
const STABLE_MS = 60_000;
const UNRESPONSIVE_MS = 5_000;
/** The fourth tick without a beat: three whole seconds of silence. */
const SILENT_TICKS = 4;
const BEATS_OVER_LIMIT = 3;
const MEMORY_RESTART_PAUSE_MS = 3_600_000;

export const restingMachine: Machine = {
  state: 'stopped',
  reason: null,
  afterExit: 'rest',
  failure: null,
  exitsAtMs: [],
  attempt: 0,
  restarts: 0,
  startTimeouts: 0,
  degradedReason: null,
  ticksWithoutBeat: 0,
  beatsOverLimit: 0,
  memoryRestartAtMs: null,
};

/** Whether the instance accepts work: its address is published exactly then. */
export function isServing(state: ServerState): boolean {
  return state === 'ready' || state === 'degraded';
}

/** Whether the instance stays as it is until somebody asks. */
export function isResting(state: ServerState): boolean {
  return state === 'stopped' || state === 'crash-loop' || state === 'refused';
}

export function transition(machine: Machine, event: MachineEvent, context: MachineContext): Transition {
  switch (event.type) {
    case 'start':
      return isResting(machine.state)
        ? launch({ ...machine, exitsAtMs: [], attempt: 0, restarts: 0 }, context)
        : stay(machine);
    case 'ready':
      return machine.state === 'starting' ? becomeReady(machine) : stay(machine);
    case 'degraded':
      return onDegraded(machine, event.reason);
    case 'beat':
      return onBeat(machine, event.rssBytes, context);
    case 'tick':
      return onTick(machine, event.late, context.limits);
    case 'deadline':
      return onDeadline(machine, context);
    case 'stop':
      return onStop(machine, event.drainMs, context.limits);
    case 'port-refused':
      return machine.state === 'starting'
        ? {
            machine: { ...machine, state: 'refused', reason: event.reason, failure: 'port-taken' },
            effects: [{ type: 'disarm' }],
          }
        : onExit(machine, { type: 'exit', code: null, signal: null }, context);
    case 'exit':
      return onExit(machine, event, context);
  }
}

function stay(machine: Machine): Transition {
  return { machine, effects: [] };
}

function launch(machine: Machine, { limits }: MachineContext): Transition {
  return {
    machine: {
      ...machine,
      state: 'starting',
      reason: null,
      afterExit: 'again',
      failure: null,
      degradedReason: null,
      ticksWithoutBeat: 0,
      beatsOverLimit: 0,
    },
    effects: [{ type: 'arm', delayMs: limits.readyTimeoutMs, judges: true }, { type: 'spawn' }],
  };
}

function becomeReady(machine: Machine): Transition {
  return {
    machine: {
      ...machine,
      state: machine.degradedReason === null ? 'ready' : 'degraded',
      reason: machine.degradedReason,
      ticksWithoutBeat: 0,
    },
    effects: [{ type: 'arm', delayMs: STABLE_MS, judges: false }],
  };
}

function onDegraded(machine: Machine, reason: string | null): Transition {
  if (!isServing(machine.state)) return stay({ ...machine, degradedReason: reason });
  return stay({ ...machine, degradedReason: reason, state: reason === null ? 'ready' : 'degraded', reason });
}

function onBeat(machine: Machine, rssBytes: number, { limits, nowMs }: MachineContext): Transition {
  const isOver = limits.memoryLimitBytes !== null && rssBytes > limits.memoryLimitBytes;
  const next = { ...machine, ticksWithoutBeat: 0, beatsOverLimit: isOver ? machine.beatsOverLimit + 1 : 0 };
  if (!isServing(machine.state) || next.beatsOverLimit < BEATS_OVER_LIMIT) return stay(next);
  const lastAtMs = machine.memoryRestartAtMs;
  if (lastAtMs !== null && nowMs - lastAtMs < MEMORY_RESTART_PAUSE_MS) return stay(next);
  return {
    machine: {
      ...next,
      state: 'draining',
      reason: `memory: ${rssBytes} bytes are above the limit of ${limits.memoryLimitBytes}`,
      afterExit: 'again-at-once',
      memoryRestartAtMs: nowMs,
    },
    effects: [
      { type: 'ask-stop', drainMs: limits.drainMs },
      { type: 'arm', delayMs: limits.drainMs, judges: true },
    ],
  };
}

function onTick(machine: Machine, late: boolean, limits: MachineLimits): Transition {
  if (!limits.byIpc || !isServing(machine.state)) return stay(machine);
  const ticksWithoutBeat = late ? 0 : machine.ticksWithoutBeat + 1;
  if (ticksWithoutBeat < SILENT_TICKS) return stay({ ...machine, ticksWithoutBeat });
  return {
    machine: {
      ...machine,
      ticksWithoutBeat,
      state: 'unresponsive',
      reason: 'no sign of life for 3 s',
      afterExit: 'again',
    },
    effects: [{ type: 'terminate' }, { type: 'arm', delayMs: UNRESPONSIVE_MS, judges: true }],
  };
}

function onDeadline(machine: Machine, context: MachineContext): Transition {
  const { limits } = context;
  switch (machine.state) {
    case 'starting':
      return terminate(
        {
          ...machine,
          reason: `not ready within ${limits.readyTimeoutMs} ms`,
          afterExit: 'again',
          startTimeouts: machine.startTimeouts + 1,
        },
        limits,
      );
    case 'ready':
    case 'degraded':
      return stay({ ...machine, attempt: 0 });
    case 'draining':
      return terminate(machine, limits);
    case 'unresponsive':
    case 'stopping':
      return { machine, effects: [{ type: 'kill-group' }] };
    case 'waiting':
      return launch({ ...machine, restarts: machine.restarts + 1 }, context);
    default:
      return stay(machine);
  }
}

function terminate(machine: Machine, limits: MachineLimits): Transition {
  return {
    machine: { ...machine, state: 'stopping' },
    effects: [{ type: 'terminate' }, { type: 'arm', delayMs: limits.stopMs, judges: true }],
  };
}

function onStop(machine: Machine, drainMs: number, limits: MachineLimits): Transition {
  const next: Machine = { ...machine, afterExit: 'rest' };
  const isRepeated = machine.afterExit === 'rest';
  switch (machine.state) {
    case 'stopped':
      return stay(next);
    case 'waiting':
    case 'crash-loop':
    case 'refused':
      return { machine: { ...next, state: 'stopped', reason: null, failure: null }, effects: [{ type: 'disarm' }] };
    case 'starting':
      return terminate({ ...next, reason: null }, limits);
    case 'ready':
    case 'degraded':
      if (!limits.byIpc || drainMs <= 0) return terminate({ ...next, reason: null }, limits);
      return {
        machine: { ...next, state: 'draining', reason: null },
        effects: [
          { type: 'ask-stop', drainMs },
          { type: 'arm', delayMs: drainMs, judges: true },
        ],
      };
    case 'draining':
      return isRepeated ? terminate(next, limits) : stay(next);
    case 'stopping':
    case 'unresponsive':
      return { machine: next, effects: isRepeated ? [{ type: 'kill-group' }] : [] };
  }
}

function onExit(machine: Machine, event: MachineEvent & { type: 'exit' }, context: MachineContext): Transition {
  const { state } = machine;
  if (isResting(state) || state === 'waiting') return stay(machine);
  if (machine.afterExit === 'rest') {
    return { machine: { ...machine, state: 'stopped', reason: null }, effects: [{ type: 'disarm' }] };
  }
  if (machine.afterExit === 'again-at-once') return launch({ ...machine, restarts: machine.restarts + 1 }, context);
  if (event.code === 2 || event.code === 3) {
    const reason = event.code === 2 ? 'exit 2: its configuration is wrong' : 'exit 3: another process holds its lock';
    return {
      machine: { ...machine, state: 'refused', reason, failure: 'refused-by-child' },
      effects: [{ type: 'disarm' }],
    };
  }
  if (event.code === 4 && !context.limits.portFallback) {
    return {
      machine: { ...machine, state: 'refused', reason: 'exit 4: its port is taken', failure: 'port-taken' },
      effects: [{ type: 'disarm' }],
    };
  }
  return afterFailure(machine, event, context);
}

function afterFailure(
  machine: Machine,
  event: MachineEvent & { type: 'exit' },
  { nowMs, random }: MachineContext,
): Transition {
  const exitsAtMs = recentExits(machine.exitsAtMs, nowMs);
  const how = event.reason ?? (event.signal === null ? `exit ${event.code}` : `ended by ${event.signal}`);
  const reason = machine.state === 'starting' || isServing(machine.state) ? how : (machine.reason ?? how);
  if (isCrashLoop(exitsAtMs)) {
    return {
      machine: {
        ...machine,
        exitsAtMs,
        state: 'crash-loop',
        reason: `${exitsAtMs.length} exits in 60 s, the last: ${reason}`,
        failure: 'crash-loop',
      },
      effects: [{ type: 'disarm' }, { type: 'crash-loop' }],
    };
  }
  const skip: readonly Effect[] = event.code === 4 ? [{ type: 'skip-port' }] : [];
  return {
    machine: { ...machine, exitsAtMs, state: 'waiting', reason, attempt: machine.attempt + 1 },
    effects: [...skip, { type: 'arm', delayMs: backoffMs(machine.attempt, random), judges: false }],
  };
}
