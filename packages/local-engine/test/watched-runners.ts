import type { SpawnRunner } from '../src/index.js';
import { forkRunner } from '../src/runner/fork-runner.js';
import type { FromRunner } from '../src/runner/protocol.js';

/** A real child, and what passed between it and the engine. */
export interface WatchedChild {
  readonly pid: number;
  /** The file that it was told to load, `null` before. */ readonly modelPath: string | null;
  /** What it said, in order. */ readonly said: readonly FromRunner[];
  /** Whether its process is gone. */ readonly isGone: boolean;
}

/** Real children that are watched. */
export interface WatchedRunners {
  readonly spawn: SpawnRunner;
  readonly all: readonly WatchedChild[];
}

/** See {@link WatchedRunners}. */
export function watchedRunners(): WatchedRunners {
  const all: WatchedChild[] = [];
  const spawn: SpawnRunner = (entry) => {
    const child = forkRunner(entry);
    const said: FromRunner[] = [];
    let modelPath: string | null = null;
    let isGone = false;
    child.onMessage((message) => said.push(message));
    child.onExit(() => {
      isGone = true;
    });
    all.push({
      ...{ pid: child.pid ?? 0, said },
      get modelPath() {
        return modelPath;
      },
      get isGone() {
        return isGone;
      },
    });
    return {
      ...child,
      send(message) {
        if (message.type === 'load') modelPath = message.modelPath;
        child.send(message);
      },
    };
  };
  return { spawn, all };
}
