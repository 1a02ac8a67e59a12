import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { systemClock } from '../clock.js';
import { type ChildMessage, readSupervisorMessage } from '../messages.js';
import type { Clock, RuntimeServer } from '../types.js';
import { createBeatSource, type Load } from './beat.js';
import { createStopping, type StopHandler } from './stopping.js';

/** Port: the process that this library runs in. `process` is one. */
export interface HostProcess {
  /** Environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Process id. */
  readonly pid: number;
  /** Sends over IPC and tells the callback of a failure; missing without a parent. */
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  /** `message`, `disconnect`, `SIGTERM` and `SIGINT`. */
  on(event: string, listener: (value: unknown) => void): unknown;
  /** Takes a listener back. */
  off(event: string, listener: (value: unknown) => void): unknown;
  /** Sends a signal; a negative id means a process group. */
  kill(pid: number, signal: string): boolean;
  /** Ends this process. */
  exit(code: number): void;
}

/** Options of {@link connectSupervisor}. */
export interface ConnectOptions {
  /** The process. @defaultValue `process` */
  readonly host?: HostProcess;
  /** Time. @defaultValue the system's */
  readonly clock?: Pick<Clock, 'now' | 'after'>;
}

/** Events of a connection. */
export interface ConnectionEvents {
  /** The servers that are ready have changed. */
  runtime: [readonly RuntimeServer[]];
}

/** What a server has from its supervisor, and what it tells it. */
export interface SupervisorConnection extends AsyncDisposable {
  /** Whether a supervisor started this process; if not, everything comes from the environment or is made up. */
  readonly isSupervised: boolean;
  /** Own name. */
  readonly server: string;
  /** Own number, from 1. */
  readonly instance: number;
  /** Id of the installation's daemon; `null` without a supervisor. */
  readonly daemonId: string | null;
  /** Bearer token that requests must carry. */
  readonly token: string;
  /** Names this process; `/health` answers with it. */
  readonly nonce: string;
  /** Port to listen on at 127.0.0.1; 0 lets the system choose. If it is taken, exit with code 4. */
  readonly port: number;
  /** The servers that are ready, as of now. */
  readonly runtime: readonly RuntimeServer[];
  /** Filled in by the server, sent with each beat. */
  readonly load: Load;
  /** `runtime` changes. */
  readonly events: EventEmitter<ConnectionEvents>;
  /** The server serves, at `url` if anybody is to connect to it. Call it after listener, database and migrations are up. */
  ready(serving: { url: string | null }): void;
  /** The server serves worse than it should, and why; `null` once that is over. */
  degraded(reason: string | null): void;
  /**
   * Called once when the server is to stop; handlers run one after another in the order given, then the process exits with 0
   * (1 if one of them threw).
   */
  onStop(handler: StopHandler): void;
  /** Ends beats and listening to the supervisor; the process goes on. A second call does nothing. */
  close(): Promise<void>;
}

const BEAT_MS = 1_000;

/**
 * Connects a server to the supervisor that started it: waits for its start message, ignores SIGINT from then on (Ctrl+C is the
 * supervisor's to handle), sends a beat each second, and ends this process with all that it started when the supervisor is
 * gone. Without a supervisor it resolves at once with `TALE_SERVER`, `TALE_INSTANCE`, `TALE_PORT`, `TALE_TOKEN` and
 * `TALE_NONCE` of the environment, and SIGINT stops the server.
 */
export async function connectSupervisor(options: ConnectOptions = {}): Promise<SupervisorConnection> {
  const { host = process as HostProcess, clock = systemClock } = options;
  const { env } = host;
  const isSupervised = host.send !== undefined && env.TALE_SERVER !== undefined && env.TALE_NONCE !== undefined;
  const events = new EventEmitter<ConnectionEvents>();
  const load: Load = { inFlight: 0, queued: 0, running: 0, slots: 0, counters: {} };
  const beats = createBeatSource(load, clock.now);
  const stopping = createStopping((code) => host.exit(code));
  let runtime: readonly RuntimeServer[] = [];
  let cancelBeat = () => {};
  let started: (start: { daemonId: string | null; token: string }) => void = () => {};
  const start = new Promise<{ daemonId: string | null; token: string }>((resolve) => {
    started = resolve;
  });

  const send = (message: ChildMessage) => {
    if (isSupervised) host.send?.(message, () => {}); // a closed channel shows as 'disconnect'
  };
  const listeners: Record<string, (value: unknown) => void> = {
    SIGTERM: () => stopping.stop(0),
    SIGINT: () => {
      if (!isSupervised) stopping.stop(0);
    },
    ...(isSupervised && {
      message(value: unknown) {
        const message = readSupervisorMessage(value);
        if (message?.type === 'start') started(message);
        if (message?.type === 'start' || message?.type === 'runtime') runtime = message.servers;
        if (message?.type === 'runtime') events.emit('runtime', runtime);
        if (message?.type === 'stop') stopping.stop(message.drainMs);
      },
      disconnect() {
        // The supervisor is gone, so nobody is left to clean up: the whole process group ends, this process included.
        try {
          host.kill(-host.pid, 'SIGKILL');
        } catch {
          // no leader of a group
        }
        host.exit(1);
      },
    }),
  };
  for (const [event, listener] of Object.entries(listeners)) host.on(event, listener);

  const beat = () => {
    send({ type: 'beat', beat: beats.take() });
    cancelBeat = clock.after(BEAT_MS, beat);
  };
  if (isSupervised) beat();
  else started({ daemonId: null, token: env.TALE_TOKEN ?? randomBytes(32).toString('hex') });

  const close = async () => {
    cancelBeat();
    beats.close();
    for (const [event, listener] of Object.entries(listeners)) host.off(event, listener);
  };
  const { daemonId, token } = await start;
  return {
    isSupervised,
    server: env.TALE_SERVER ?? 'server',
    instance: Number(env.TALE_INSTANCE ?? 1),
    daemonId,
    token,
    nonce: env.TALE_NONCE ?? randomUUID(),
    port: Number(env.TALE_PORT ?? 0),
    get runtime() {
      return runtime;
    },
    load,
    events,
    ready: ({ url }) => send({ type: 'ready', url }),
    degraded: (reason) => send({ type: 'degraded', reason }),
    onStop: (handler) => stopping.add(handler),
    close,
    [Symbol.asyncDispose]: close,
  };
}
