import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeFile, ServerStatus } from '@tale/supervisor';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { findServer, inspectRuntime, readRuntime, serversDown } from '../gateway/runtime.js';
import { monotonicMs } from '../monotonic.js';
import { readServers, type ServersView } from './servers-view.js';
import { type StartSettings, spawnSupervisor } from './spawn-supervisor.js';
import { requireUsable } from './usable-folders.js';

/** How servers are made sure of. */
export interface EnsureOptions extends StartSettings {
  /** Whether they may be started. */
  readonly start: boolean;
  readonly signal: AbortSignal;
  /** Wait for a start by somebody else, ms. @defaultValue 60,000 */
  readonly waitMs?: number;
}

/** Whether the servers ran already. */
export interface EnsuredServers {
  readonly runtime: RuntimeFile;
  readonly started: boolean;
}

const pollMs = 100;
/** A supervisor that holds the lock but does not come up may be on its way out: then it is our turn. */
const tryAgainMs = 10_000;

/**
 * Makes sure that the servers run: looks, starts a supervisor, or waits for the one that somebody else is starting.
 *
 * @throws {@link CommandError} `servers-down` if they may not be started, `start-failed` and what the supervisor reports
 */
export async function ensureServers(context: CommandContext, options: EnsureOptions): Promise<EnsuredServers> {
  const { folders, printer, env } = context;
  const { signal, waitMs = 60_000 } = options;
  const running = readRuntime(folders.data);
  if (running && (await findServer(running, 'gateway', signal))) return { runtime: running, started: false };
  if (!options.start) throw serversDown();

  requireUsable([folders.config, folders.data, folders.state]);
  printer.note('starting servers…');
  const deadlineMs = monotonicMs() + waitMs;
  for (;;) {
    const result = await spawnSupervisor(
      env,
      options,
      ({ name, state, instance }) => {
        if (state === 'ready') printer.note(`  ${name}${instance > 1 ? ` ${instance}` : ''} ready`);
      },
      signal,
    );
    if (result.kind === 'failed') throw result.error;
    const untilMs = result.kind === 'ready' ? deadlineMs : Math.min(deadlineMs, monotonicMs() + tryAgainMs);
    const runtime = await waitUntilReady(folders.data, untilMs, signal);
    if (runtime) return { runtime, started: true };
    if (result.kind === 'locked' && inspectRuntime(folders.data).isDamaged) throw unreadable(folders.data);
    if (monotonicMs() < deadlineMs) continue;
    throw new CommandError('start-failed', `The servers are not ready after ${Math.round(waitMs / 1_000)} s.`, {
      hint: 'tale servers status, tale logs --level warn',
      retryable: true,
    });
  }
}

/** Servers run, and this command cannot tell where. */
function unreadable(dataFolder: string): CommandError {
  const path = join(dataFolder, 'runtime.json');
  return new CommandError('locked', `Servers run, but ${path} is damaged or of another version of tale.`, {
    hint: 'tale servers stop, then tale servers start',
    details: { path },
  });
}

async function waitUntilReady(dataFolder: string, untilMs: number, signal: AbortSignal): Promise<RuntimeFile | null> {
  for (;;) {
    const runtime = readRuntime(dataFolder);
    if (runtime && (await findServer(runtime, 'gateway', signal))) {
      const view = await readServers(runtime, signal);
      if (view && isUp(view)) return runtime;
    }
    if (monotonicMs() >= untilMs) return null;
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Servers that a task can do without; only who asks for all of them waits for these. */
const lateServers: readonly string[] = ['ux-agent'];

/** Nothing that a task needs is on its way up any more. */
function isUp({ servers }: ServersView): boolean {
  return servers.every((server) => lateServers.includes(server.name) || !isOnItsWay(server));
}

function isOnItsWay({ state }: ServerStatus): boolean {
  return state === 'starting' || state === 'waiting';
}

/**
 * Waits for the servers that start last, and resolves with all of them; `null` where the supervisor does not answer.
 *
 * @throws {@link CommandError} `start-failed` if one of them cannot run
 */
export async function waitForLateServers(
  runtime: RuntimeFile,
  { signal, waitMs = 60_000 }: Pick<EnsureOptions, 'signal' | 'waitMs'>,
): Promise<ServersView | null> {
  const deadlineMs = monotonicMs() + waitMs;
  for (;;) {
    const view = await readServers(runtime, signal);
    const late = view?.servers.filter(({ name }) => lateServers.includes(name)) ?? [];
    const failed = late.find(({ state }) => state === 'refused');
    if (failed) {
      throw new CommandError(
        'start-failed',
        `The server ${failed.name} does not run: ${failed.reason ?? 'it says no more'}.`,
        {
          hint: 'tale servers status',
        },
      );
    }
    if (!late.some(isOnItsWay) || monotonicMs() >= deadlineMs) return view;
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
