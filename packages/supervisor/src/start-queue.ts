import { SupervisorError, type SupervisorErrorCode } from './errors.js';
import type { Instance } from './instance.js';
import { isResting, isServing } from './machine.js';
import type { Waiting } from './waiting.js';

/** What a start call saw when it was made: how often each instance had been stopped and had been too slow by then. */
export type StartTicket = ReadonlyMap<Instance, { readonly stops: number; readonly startTimeouts: number }>;

/** Starts instances in the given order, a few at a time, and lets calls wait for them. */
export interface StartQueue {
  ticket(targets: readonly Instance[]): StartTicket;
  /** Queues what rests. An instance that was stopped since the ticket stays down. */
  start(targets: readonly Instance[], ticket: StartTicket): void;
  /** A stop came: who waits for the targets is told so, what is queued is not started. */
  withdraw(targets: readonly Instance[]): void;
  /** Resolves when the instance serves; rejects with `SupervisorError` once it will not. */
  whenReady(target: Instance, ticket: StartTicket, signal: AbortSignal | undefined): Promise<true>;
}

/** So many start at once: more of them are all ready at the same time, but the first one later. */
const AT_ONCE = 4;

export function createStartQueue(waiting: Waiting): StartQueue {
  const stops = new Map<Instance, number>();
  const stopsOf = (target: Instance) => stops.get(target) ?? 0;
  let queued: Instance[] = [];
  let starting = 0;

  const isCurrent = (target: Instance, ticket: StartTicket) => ticket.get(target)?.stops === stopsOf(target);
  const pump = () => {
    while (starting < AT_ONCE) {
      const next = queued.shift();
      if (!next) return;
      starting++;
      next.dispatch({ type: 'start' });
      const hasStarted = () => next.machine().state !== 'starting' || undefined;
      void waiting.until(hasStarted).then(() => {
        starting--;
        pump();
      });
    }
  };

  return {
    ticket: (targets) =>
      new Map(
        targets.map((target) => [target, { stops: stopsOf(target), startTimeouts: target.machine().startTimeouts }]),
      ),
    start(targets, ticket) {
      for (const target of targets) {
        if (!isCurrent(target, ticket) || !isResting(target.machine().state) || queued.includes(target)) continue;
        queued.push(target);
      }
      pump();
    },
    withdraw(targets) {
      for (const target of targets) stops.set(target, stopsOf(target) + 1);
      queued = queued.filter((target) => !targets.includes(target));
      waiting.notify();
    },
    whenReady: (target, ticket, signal) =>
      waiting.until(() => {
        const { state, startTimeouts } = target.machine();
        if (!isCurrent(target, ticket)) throw failure(target, 'closed', 'was stopped while it was to start', true);
        if (queued.includes(target)) return undefined; // the failure of an earlier start may still stand
        if (isServing(state)) return true;
        if (startTimeouts > (ticket.get(target)?.startTimeouts ?? 0)) {
          throw failure(target, 'start-timeout', `was not ready within ${target.spec.ready.timeoutMs} ms`, true);
        }
        const code = isResting(state) ? target.machine().failure : null;
        if (code !== null)
          throw failure(target, code, `does not run: ${target.machine().reason}`, code === 'port-taken');
        return undefined;
      }, signal),
  };
}

function failure(target: Instance, code: SupervisorErrorCode, what: string, retryable: boolean): SupervisorError {
  const { name, instance } = target;
  return new SupervisorError(code, `${name} ${instance} ${what}`, {
    retryable,
    server: name,
    instance,
    holder: code === 'port-taken' ? target.portHolder() : null,
    lastLines: target.status().lastExit?.lastLines ?? [],
  });
}
