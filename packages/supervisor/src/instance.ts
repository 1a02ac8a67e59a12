import type { Serializable } from 'node:child_process';
import { startDeadline } from './clock.js';
import type { Holder } from './errors.js';
import { createCollector } from './logs/collector.js';
import {
  type Effect,
  isResting,
  isServing,
  type Machine,
  type MachineEvent,
  type MachineLimits,
  restingMachine,
  transition,
} from './machine.js';
import { readChildMessage, type SupervisorMessage } from './messages.js';
import { type PortBook, portOfInstance } from './port-book.js';
import { findPortHolder } from './port-holder.js';
import { type ServerProcess, spawnServer } from './process.js';
import { startReadyProbe } from './ready-probe.js';
import type { Beat, Clock, LogLine, RuntimeServer, ServerSpec, ServerStatus } from './types.js';

/** One instance of a server: executes the effects of its machine and tells it what happens. */
export interface Instance {
  readonly name: string;
  readonly instance: number;
  readonly order: number;
  readonly spec: ServerSpec;
  machine(): Machine;
  status(): ServerStatus;
  /** Its line in the runtime file; `null` while it does not serve or has no URL. */
  entry(): RuntimeServer | null;
  /** Who had the port when this instance was refused for it. */
  portHolder(): Holder | null;
  dispatch(event: MachineEvent): void;
  send(message: SupervisorMessage): void;
}

export interface InstanceHost {
  readonly clock: Clock;
  readonly random: () => number;
  readonly ports: PortBook;
  readonly createNonce: () => string;
  readonly redact: (text: string) => string;
  /** The environment of a process beside what is the instance's own. */
  environment(own: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): Record<string, string>;
  /** What a new process must know. */
  startMessage(): SupervisorMessage;
  spawned(instance: Instance, pid: number): void;
  exited(instance: Instance, pid: number): void;
  /** It begins or ends to serve. Called before it is asked to drain. */
  served(instance: Instance): void;
  changed(instance: Instance): void;
  beat(instance: Instance): void;
  crashLoop(instance: Instance): void;
  line(line: LogLine): void;
}

const LAST_LINES = 20;

/** What belongs to one process and not to the next. */
interface Run {
  readonly nonce: string;
  readonly port: number | null;
  readonly process: ServerProcess;
}

export function createInstance(spec: ServerSpec, number: number, host: InstanceHost): Instance {
  const { clock } = host;
  const owner = `${spec.name}#${number}`;
  const limits: MachineLimits = {
    readyTimeoutMs: spec.ready.timeoutMs,
    drainMs: spec.drainMs,
    stopMs: spec.stopMs,
    memoryLimitBytes: spec.memoryLimitBytes,
    byIpc: spec.file !== null,
    portFallback: spec.port?.fallback ?? false,
  };
  const wantedPort = spec.port && portOfInstance(spec.port, number);
  let machine = restingMachine;
  let sinceMs = clock.now();
  let run: Run | null = null;
  /** A process is on its way but not there yet; `aborted` once it is not wanted any more. */
  let launching: { aborted: boolean } | null = null;
  let url: string | null = null;
  let beat: Beat | null = null;
  let cpuRatio: number | null = null;
  let lastPort: number | null = null;
  let skipPort: number | null = null;
  let holder: Holder | null = null;
  let lastExit: ServerStatus['lastExit'] = null;
  let lastLines: string[] = [];
  let cancelTimer = () => {};
  let cancelProbe = () => {};

  const launch = async () => {
    try {
      await findPortAndSpawn();
    } catch (error) {
      launching = null;
      dispatch({ type: 'exit', code: null, signal: null, reason: `cannot be spawned: ${String(error)}` });
    }
  };

  const findPortAndSpawn = async () => {
    const attempt = { aborted: false };
    launching = attempt;
    url = null;
    beat = null;
    cpuRatio = null;
    lastLines = [];
    const port = wantedPort ? await host.ports.take(owner, wantedPort, skipPort) : null;
    launching = null;
    if (attempt.aborted) return dispatch({ type: 'exit', code: null, signal: null });
    if (wantedPort && port === null) return refusePort(skipPort ?? wantedPort.wanted);
    skipPort = null;
    lastPort = port;
    spawn(port);
  };

  const refusePort = (port: number) => {
    holder = findPortHolder(port);
    const who = holder ? `process ${holder.pid} (${holder.command ?? 'unknown'})` : 'another process';
    dispatch({ type: 'port-refused', reason: `port ${port} is taken by ${who}` });
  };

  const spawn = (port: number | null) => {
    const nonce = host.createNonce();
    const collector = createCollector({ server: spec.name, instance: number, clock, redact: host.redact, onLine });
    const env = host.environment(spec.env, {
      TALE_SERVER: spec.name,
      TALE_INSTANCE: String(number),
      TALE_NONCE: nonce,
      ...(port === null ? {} : { TALE_PORT: String(port) }),
    });
    const process = spawnServer(spec, env, {
      message: onMessage,
      stdout: (chunk) => collector.stdout.write(chunk),
      stderr: (chunk) => collector.stderr.write(chunk),
      exit(code, signal, error) {
        cancelProbe();
        const wasAsked = machine.afterExit === 'rest';
        collector.end(!wasAsked && (code !== 0 || signal !== null));
        if (process.pid !== null) host.exited(self, process.pid);
        run = null;
        url = null;
        lastExit = { code, signal, atMs: clock.now(), lastLines };
        if (code === 4 && port !== null) holder = findPortHolder(port);
        dispatch({ type: 'exit', code, signal, ...(error ? { reason: error.message } : {}) });
      },
    });
    run = { nonce, port, process };
    if (process.pid !== null) host.spawned(self, process.pid);
    process.send(host.startMessage() as Serializable);
    if (spec.ready.by === 'http') {
      const probed = `http://127.0.0.1:${port}`;
      cancelProbe = startReadyProbe(probed, clock, () => onReady(probed));
    }
    host.changed(self);
  };

  const onReady = (readyUrl: string | null) => {
    url = readyUrl;
    dispatch({ type: 'ready' });
  };

  const onMessage = (value: unknown) => {
    const message = readChildMessage(value);
    if (message?.type === 'ready') onReady(message.url);
    if (message?.type === 'degraded') dispatch({ type: 'degraded', reason: message.reason });
    if (message?.type === 'beat') onBeat(message.beat);
  };

  const onBeat = (next: Beat) => {
    const passedMs = beat ? next.atMs - beat.atMs : 0;
    cpuRatio = beat && passedMs > 0 ? Math.max(0, (next.cpuMs - beat.cpuMs) / passedMs) : null;
    beat = next;
    dispatch({ type: 'beat', rssBytes: next.rssBytes });
    host.beat(self);
  };

  const onLine = (line: LogLine) => {
    lastLines = [...lastLines, line.text].slice(-LAST_LINES);
    host.line(line);
  };

  const perform = (effect: Effect) => {
    switch (effect.type) {
      case 'spawn':
        void launch();
        return;
      case 'skip-port':
        skipPort = lastPort;
        return;
      case 'ask-stop':
        run?.process.send({ type: 'stop', drainMs: effect.drainMs });
        return;
      case 'terminate':
        if (launching) launching.aborted = true;
        run?.process.terminate();
        return;
      case 'kill-group':
        run?.process.killGroup();
        return;
      case 'arm': {
        cancelTimer();
        const start = effect.judges ? startDeadline : (_: Clock, ms: number, fire: () => void) => clock.after(ms, fire);
        cancelTimer = start(clock, effect.delayMs, () => dispatch({ type: 'deadline' }));
        return;
      }
      case 'disarm':
        cancelTimer();
        return;
      case 'crash-loop':
        host.crashLoop(self);
    }
  };

  const dispatch = (event: MachineEvent) => {
    const before = machine;
    const next = transition(before, event, { limits, nowMs: clock.monotonicMs(), random: host.random() });
    machine = next.machine;
    if (machine.state !== before.state) sinceMs = clock.now();
    if (isServing(machine.state) !== isServing(before.state)) host.served(self);
    if (isResting(machine.state)) host.ports.release(owner);
    for (const effect of next.effects) perform(effect);
    if (machine.state !== before.state || machine.reason !== before.reason) host.changed(self);
  };

  const self: Instance = {
    name: spec.name,
    instance: number,
    order: spec.order,
    spec,
    machine: () => machine,
    status: () => ({
      name: spec.name,
      instance: number,
      state: machine.state,
      reason: machine.reason,
      pid: run?.process.pid ?? null,
      url: isServing(machine.state) ? url : null,
      nonce: run?.nonce ?? null,
      sinceMs,
      restarts: machine.restarts,
      lastExit,
      usage: beat && { rssBytes: beat.rssBytes, cpuRatio },
      beat,
    }),
    entry() {
      const pid = run?.process.pid ?? null;
      if (!run || pid === null || url === null || !isServing(machine.state)) return null;
      return { name: spec.name, instance: number, url, pid, nonce: run.nonce };
    },
    portHolder: () => holder,
    dispatch,
    send: (message) => run?.process.send(message as Serializable),
  };
  return self;
}
