import { readdirSync } from 'node:fs';
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Beat } from '../types.js';

/** What the server fills in as it works; each beat carries it. */
export interface Load {
  /** Requests that are being answered. */
  inFlight: number;
  /** Requests or tasks that wait. */
  queued: number;
  /** Tasks that run. */
  running: number;
  /** Tasks that may run at once. */
  slots: number;
  /** Counts of the server's own choice. */
  readonly counters: Record<string, number>;
}

export interface BeatSource {
  /** A beat of now; lag and utilization cover the time since the call before. */
  take(): Beat;
  close(): void;
}

/** The loop is looked at each so often; a wait of this length is no lag. */
const RESOLUTION_MS = 20;

/** Measures this process. */
export function createBeatSource(load: Load, nowMs: () => number): BeatSource {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  return {
    take() {
      const memory = process.memoryUsage();
      const cpu = process.cpuUsage();
      const now = performance.eventLoopUtilization();
      const lagMs = delay.percentile(99) / 1e6 - RESOLUTION_MS;
      const beat: Beat = {
        atMs: nowMs(),
        rssBytes: memory.rss,
        heapBytes: memory.heapUsed,
        cpuMs: (cpu.user + cpu.system) / 1_000,
        loopLagP99Ms: Math.max(0, Number.isFinite(lagMs) ? lagMs : 0),
        loopUtilization: performance.eventLoopUtilization(now, before).utilization,
        inFlight: load.inFlight,
        queued: load.queued,
        running: load.running,
        slots: load.slots,
        openFiles: countOpenFiles(),
        counters: { ...load.counters },
      };
      delay.reset();
      before = now;
      return beat;
    },
    close: () => void delay.disable(),
  };
}

function countOpenFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length - 1; // the listing itself is one
  } catch {
    return null;
  }
}
