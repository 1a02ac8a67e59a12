import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { startTicker, systemClock } from './clock.js';
import { childEnvironment } from './environment.js';
import { SupervisorError } from './errors.js';
import { createInstance, type Instance, type InstanceHost } from './instance.js';
import { createLogFiles, type LogFiles } from './logs/log-files.js';
import { startOrder, stopGroups } from './order.js';
import { createPidRecord, type PidRecord, sweepOrphans } from './orphans.js';
import { createPortBook, wantedPorts } from './port-book.js';
import { makePrivateFolder } from './private-file.js';
import { removeRuntimeFile, writeRuntimeFile } from './runtime-file.js';
import { checkSpecs } from './specs.js';
import { createStartQueue } from './start-queue.js';
import type { Logger, RuntimeServer, Supervisor, SupervisorEvents, SupervisorOptions } from './types.js';
import { createWaiting, withSignal } from './waiting.js';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Makes a supervisor; nothing runs before its first `start`, which takes the lock and ends what an earlier supervisor left
 * behind.
 *
 * @throws `TypeError` if a spec cannot be meant
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { folder, logFolder, daemonId, token, lock, listed = [] } = options;
  const { clock = systemClock, random = Math.random, createNonce = randomUUID, logger = silent, logs = {} } = options;
  checkSpecs(options.servers);

  const events = new EventEmitter<SupervisorEvents>();
  const waiting = createWaiting();
  const stops = new Set<Promise<void>>();
  /** What is there between the first start and the close. */
  let opened: { pids: PidRecord; logFiles: LogFiles; end(): Promise<void> } | null = null;
  let opening: Promise<void> | null = null;
  let closing: Promise<void> | null = null;

  const emit = <Name extends keyof SupervisorEvents>(name: Name, ...args: SupervisorEvents[Name]) => {
    try {
      // The tuple types of a generic event name cannot be resolved by the compiler.
      (events.emit as (name: string, ...args: unknown[]) => boolean)(name, ...args);
    } catch (error) {
      logger.error({ error, event: name }, 'a listener threw');
    }
  };
  const servers = (): RuntimeServer[] => [
    ...listed,
    ...instances.map((instance) => instance.entry()).filter((entry) => entry !== null),
  ];
  const publish = () => {
    const entries = servers();
    try {
      if (opened) writeRuntimeFile(folder, { daemonId, token, servers: entries });
    } catch (error) {
      logger.error({ error, folder }, 'runtime.json cannot be written; clients will not find the servers');
    }
    for (const instance of instances) instance.send({ type: 'runtime', servers: entries });
  };

  const record = (write: (pids: PidRecord) => void) => {
    try {
      if (opened) write(opened.pids);
    } catch (error) {
      logger.error({ error, folder }, 'pids.json cannot be written; if this process dies, servers may be left behind');
    }
  };

  const host: InstanceHost = {
    clock,
    random,
    createNonce,
    ports: createPortBook(new Set(options.servers.flatMap((spec) => wantedPorts(spec.port, spec.instances)))),
    redact: (text) => (token === '' ? text : text.replaceAll(token, '[redacted]')),
    environment: (own, given) => childEnvironment(process.env, own, given),
    startMessage: () => ({ type: 'start', daemonId, token, servers: servers() }),
    spawned: ({ name, instance }, pid) => record((pids) => pids.add(pid, name, instance)),
    exited: (_, pid) => record((pids) => pids.remove(pid)),
    served: publish,
    changed(instance) {
      waiting.notify();
      emit('server-state', instance.status());
    },
    beat: (instance) => emit('server-beat', instance.status()),
    crashLoop: (instance) => emit('crash-loop', instance.status()),
    line(line) {
      opened?.logFiles.write(line);
      emit('log-line', line);
    },
  };
  const instances: readonly Instance[] = startOrder(
    options.servers.flatMap((spec) =>
      Array.from({ length: spec.instances }, (_, index) => createInstance(spec, index + 1, host)),
    ),
  );
  const queue = createStartQueue(waiting);

  const select = (names: readonly string[] | undefined) => {
    const unknown = names?.find((name) => !instances.some((instance) => instance.name === name));
    if (unknown !== undefined) {
      throw new SupervisorError('not-found', `there is no server ${JSON.stringify(unknown)}`, { server: unknown });
    }
    return names ? instances.filter((instance) => names.includes(instance.name)) : instances;
  };
  const closedError = () => new SupervisorError('closed', 'the supervisor is closed');

  const open = async () => {
    makePrivateFolder(folder);
    const release = await lock.acquire();
    try {
      await sweepOrphans(folder, clock, logger);
      const logFiles = createLogFiles({
        folder: logFolder,
        maxBytes: logs.maxBytes ?? 10 * 1_024 * 1_024,
        maxFiles: logs.maxFiles ?? 5,
        clock,
        logger,
      });
      const pids = createPidRecord(folder);
      writeRuntimeFile(folder, { daemonId, token, servers: servers() });
      const endTicker = startTicker(clock, (late) => {
        for (const instance of instances) instance.dispatch({ type: 'tick', late });
      });
      opened = {
        pids,
        logFiles,
        async end() {
          endTicker();
          await logFiles.close();
          removeRuntimeFile(folder);
          await release();
        },
      };
    } catch (error) {
      await release();
      throw error;
    }
  };
  const openOnce = () => {
    opening ??= open().catch((error) => {
      opening = null; // the next start tries again: the lock may be free by then
      throw error;
    });
    return opening;
  };

  const startInstances = async (targets: readonly Instance[], signal: AbortSignal | undefined) => {
    signal?.throwIfAborted();
    if (closing) throw closedError();
    const ticket = queue.ticket(targets);
    while (stops.size > 0) await withSignal(Promise.allSettled(stops), signal);
    await withSignal(openOnce(), signal);
    if (closing) throw closedError();
    queue.start(targets, ticket);
    const ends = await Promise.allSettled(targets.map((target) => queue.whenReady(target, ticket, signal)));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return targets.map((target) => target.status());
  };

  const stopInstances = (
    targets: readonly Instance[],
    drainMs: number | undefined,
    signal: AbortSignal | undefined,
  ) => {
    queue.withdraw(targets);
    const operation = (async () => {
      for (const group of stopGroups(targets)) {
        for (const target of group) target.dispatch({ type: 'stop', drainMs: drainMs ?? target.spec.drainMs });
        await Promise.all(
          group.map((target) => waiting.until(() => target.machine().state === 'stopped' || undefined)),
        );
      }
    })();
    const tracked = operation.finally(() => stops.delete(tracked));
    stops.add(tracked);
    return withSignal(tracked, signal);
  };

  const close = async () => {
    queue.withdraw(instances);
    await opening?.catch(() => {});
    // A stop that is under way is joined, not asked for once more, which would cut its drain.
    await Promise.allSettled(stops);
    await stopInstances(instances, undefined, undefined);
    const { end } = opened ?? {};
    opened = null;
    await end?.();
  };
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };

  return {
    events,
    start: async (names, { signal } = {}) => startInstances(select(names), signal),
    async stop(names, { drainMs, signal } = {}) {
      signal?.throwIfAborted();
      await stopInstances(select(names), drainMs, signal);
    },
    async restart(name, { signal } = {}) {
      if (closing) throw closedError();
      const reports = [];
      for (const instance of select(name === undefined ? undefined : [name])) {
        signal?.throwIfAborted();
        const fromMs = clock.monotonicMs();
        await stopInstances([instance], undefined, signal);
        await startInstances([instance], signal);
        reports.push({ name: instance.name, instance: instance.instance, gapMs: clock.monotonicMs() - fromMs });
      }
      return reports;
    },
    status: () => instances.map((instance) => instance.status()),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
