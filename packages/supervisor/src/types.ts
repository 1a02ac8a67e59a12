import type { EventEmitter } from 'node:events';

/** One server: what to run, how many of it, and its limits. */
export interface ServerSpec {
  /** Unique; lower-case letters, digits and dashes. Also the name of its log file. */
  readonly name: string;
  /** Path of a Node module that calls `connectSupervisor()` of `@tale/supervisor/child`; `null` for a foreign program. */
  readonly file: string | null;
  /** Program and arguments of a foreign program, started without a shell; `null` for a module. Needs `ready.by: 'http'` and a port. */
  readonly command: readonly [string, ...string[]] | null;
  /** How many processes, from 1. */
  readonly instances: number;
  /** Servers start in ascending order and stop in descending order. */
  readonly order: number;
  /** Environment of the process beside the allow-list. Never put a secret here that the token could be. */
  readonly env: Readonly<Record<string, string>>;
  /** Port on 127.0.0.1, passed as `TALE_PORT`; `null` for a server without one. The process opens it itself. */
  readonly port: WantedPort | null;
  /** How the server says that it is ready. */
  readonly ready: {
    /** Over IPC, or by answering HTTP on its port with a status below 500. */
    readonly by: 'ipc' | 'http';
    /** How long it may take, ms. */
    readonly timeoutMs: number;
  };
  /** How long a stop waits for running work, ms, before SIGTERM. */
  readonly drainMs: number;
  /** How long SIGTERM may take, ms, before the whole process group is killed. */
  readonly stopMs: number;
  /** Resident memory above which the server is drained and restarted (three beats in a row, at most once an hour); `null` for no limit. */
  readonly memoryLimitBytes: number | null;
}

/** The ports that a server wants. If one is taken, `fallback` takes the next free one; without it the instance is `refused`. */
export interface WantedPort {
  /** Of the first instance, from 1024; 0 lets the system choose. */
  readonly wanted: number;
  /**
   * Of the second instance; the third takes the one after it, and so on. Without it they take what `fallback` finds after
   * `wanted`.
   */
  readonly more?: number;
  /** Whether another one will do. A fallback passes over ports that any server wants. */
  readonly fallback: boolean;
}

/**
 * Where one instance stands. `waiting`: in back-off after an exit. `crash-loop`: five exits in 60 s, stays down until it is
 * started again. `refused`: it exited with code 2 (configuration) or 3 (lock), or has no port.
 */
export type ServerState =
  | 'stopped'
  | 'starting'
  | 'ready'
  | 'degraded'
  | 'unresponsive'
  | 'draining'
  | 'stopping'
  | 'waiting'
  | 'crash-loop'
  | 'refused';

/** What a server says about itself each second. */
export interface Beat {
  /** When it was taken, epoch ms. */
  readonly atMs: number;
  /** Resident memory, bytes. */
  readonly rssBytes: number;
  /** Used JavaScript heap, bytes. */
  readonly heapBytes: number;
  /** Processor time since its start, ms. */
  readonly cpuMs: number;
  /** 99th percentile of event loop lag since the beat before, ms. */
  readonly loopLagP99Ms: number;
  /** Share of the time since the beat before in which the event loop was busy, 0 to 1. */
  readonly loopUtilization: number;
  /** Requests that are being answered. */
  readonly inFlight: number;
  /** Requests or tasks that wait. */
  readonly queued: number;
  /** Tasks that run. */
  readonly running: number;
  /** Tasks that may run at once. */
  readonly slots: number;
  /** Open file descriptors; `null` where they cannot be counted. */
  readonly openFiles: number | null;
  /** Counts of the server's own choice. */
  readonly counters: Readonly<Record<string, number>>;
}

/** One instance as `status()` and the events show it. */
export interface ServerStatus {
  /** Name of the server. */
  readonly name: string;
  /** Number of the instance, from 1. */
  readonly instance: number;
  /** Where it stands. */
  readonly state: ServerState;
  /** Why, in a sentence; `null` where the state says it all. */
  readonly reason: string | null;
  /** Process id; `null` while no process runs. */
  readonly pid: number | null;
  /** Where it serves; `null` while it does not. */
  readonly url: string | null;
  /** Names this very process; its `/health` answers with the same. `null` while no process runs. */
  readonly nonce: string | null;
  /** Since when it is in this state, epoch ms. */
  readonly sinceMs: number;
  /** How often it was restarted without being asked, since the last explicit start. */
  readonly restarts: number;
  /** How its last process ended; `null` if none did. */
  readonly lastExit: {
    /** Exit code; `null` if a signal ended it or it could not be spawned. */
    readonly code: number | null;
    /** Signal that ended it. */
    readonly signal: string | null;
    /** When, epoch ms. */
    readonly atMs: number;
    /** Its last 20 lines, oldest first. */
    readonly lastLines: readonly string[];
  } | null;
  /** From the last two beats; `null` before. */
  readonly usage: {
    /** Resident memory. */
    readonly rssBytes: number;
    /** 1 = one core busy; `null` before the second beat. */
    readonly cpuRatio: number | null;
  } | null;
  /** The last beat; `null` before the first and for a foreign program. */
  readonly beat: Beat | null;
}

/** One line of a server's log. */
export interface LogLine {
  /** When it was written, epoch ms. */
  readonly atMs: number;
  /** Name of the server. */
  readonly server: string;
  /** Its instance, from 1. */
  readonly instance: number;
  /** How grave. Text on stderr is `error`; what a process printed last before it crashed is `fatal`. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  /** The message; several lines for a stack trace. */
  readonly text: string;
  /** What else the server's JSON line said; `null` for plain text. */
  readonly fields: Readonly<Record<string, unknown>> | null;
}

/** Where one server is reached. */
export interface RuntimeServer {
  /** Name of the server. */
  readonly name: string;
  /** Number of the instance, from 1. */
  readonly instance: number;
  /** Base URL. */
  readonly url: string;
  /** Process id. */
  readonly pid: number;
  /** Its `/health` answers with the same; if not, another program has the port. */
  readonly nonce: string;
}

/** Content of `runtime.json`: how a client finds the servers. */
export interface RuntimeFile {
  /** Names the format and its version. */
  readonly format: 'tale.runtime/1';
  /** Id of the installation's daemon. */
  readonly daemonId: string;
  /** Bearer token of all servers. */
  readonly token: string;
  /** The servers that are ready. */
  readonly servers: readonly RuntimeServer[];
}

/** Port: one supervisor per data folder. */
export interface Lock {
  /**
   * Takes the lock or throws `SupervisorError` `locked` with its holder. Resolves with the function that gives it back.
   */
  acquire(): (() => void | Promise<void>) | Promise<() => void | Promise<void>>;
}

/** Port: time. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Ms since any fixed moment. Goes on evenly when the system's clock is set. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`; the returned function takes the timer back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Port: where the supervisor itself logs. */
export interface Logger {
  /** Detail. */
  debug(fields: object, message: string): void;
  /** Normal course. */
  info(fields: object, message: string): void;
  /** Something to look at. */
  warn(fields: object, message: string): void;
  /** A failure. */
  error(fields: object, message: string): void;
}

/** Events of a supervisor. A listener that throws is logged and disturbs nothing. */
export interface SupervisorEvents {
  /** An instance changed its state or reason. */
  'server-state': [ServerStatus];
  /** A beat arrived. */
  'server-beat': [ServerStatus];
  /** An instance exited five times in 60 s and stays down. */
  'crash-loop': [ServerStatus];
  /** A server printed something. */
  'log-line': [LogLine];
}

/** What `restart` did to one instance. */
export interface RestartReport {
  /** Name of the server. */
  readonly name: string;
  /** Number of the instance, from 1. */
  readonly instance: number;
  /** From the moment it stopped accepting work until its successor was ready, ms. */
  readonly gapMs: number;
}

/** Options of {@link createSupervisor}. */
export interface SupervisorOptions {
  /** The servers, any order. */
  readonly servers: readonly ServerSpec[];
  /** Data folder, for `runtime.json` and `pids.json`; made with mode 0700 if it is missing. */
  readonly folder: string;
  /** Folder of the log files; made with mode 0700 if it is missing. */
  readonly logFolder: string;
  /** Guards the data folder against a second supervisor. */
  readonly lock: Lock;
  /** Id that `runtime.json` carries. */
  readonly daemonId: string;
  /** Bearer token of all servers; reaches them over IPC only, and is cut out of their logs. */
  readonly token: string;
  /** Servers that run elsewhere, such as the supervisor's own door, and are listed in `runtime.json` as well. @defaultValue none */
  readonly listed?: readonly RuntimeServer[];
  /** Makes the nonce of each process. @defaultValue `crypto.randomUUID` */
  readonly createNonce?: () => string;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock;
  /** Numbers in [0, 1) for jitter. @defaultValue `Math.random` */
  readonly random?: () => number;
  /** Log of the supervisor itself. @defaultValue silent */
  readonly logger?: Logger;
  /** Limits of each server's log. */
  readonly logs?: {
    /** Size at which a file is put aside. @defaultValue 10 MiB */
    readonly maxBytes?: number;
    /** Files with the current one. @defaultValue 5 */
    readonly maxFiles?: number;
  };
}

/** Keeps a set of servers running. */
export interface Supervisor extends AsyncDisposable {
  /**
   * "Make it so": starts what is not running and resolves when all of `names` (all servers if left out) are ready. Ready ones
   * are left alone, calls at the same time join, a call during `stop` waits for it. If some fail the others go on, and the
   * call rejects with the first failure in start order. `signal` ends the waiting, not the servers.
   *
   * @throws {@link SupervisorError} `closed` (also when a `stop` came in between), `locked`, `not-found`, `port-taken`,
   * `start-timeout` (it is tried again in the background), `crash-loop`, `refused-by-child`, `runtime-file-unsafe`
   */
  start(names?: readonly string[], options?: { signal?: AbortSignal }): Promise<readonly ServerStatus[]>;
  /**
   * Stops `names` (all servers if left out) in descending order and resolves when their whole process groups are gone: IPC
   * `stop` → after `drainMs` SIGTERM → after `stopMs` SIGKILL to the group. A second call while they drain cuts the drain, a
   * third kills. `signal` ends the waiting, not the stopping.
   *
   * @throws {@link SupervisorError} `not-found`
   */
  stop(names?: readonly string[], options?: { drainMs?: number; signal?: AbortSignal }): Promise<void>;
  /**
   * Stops and starts each instance of `name` (all servers if left out), one after another, and ends at the first that does
   * not become ready. `signal` is looked at between two steps and ends the waiting.
   *
   * @throws {@link SupervisorError} as `start`
   */
  restart(name?: string, options?: { signal?: AbortSignal }): Promise<readonly RestartReport[]>;
  /** All instances in start order. */
  status(): readonly ServerStatus[];
  /** What happens to the servers. */
  readonly events: EventEmitter<SupervisorEvents>;
  /** Stops everything, removes `runtime.json`, gives the lock back. A second call joins the first. */
  close(): Promise<void>;
}
