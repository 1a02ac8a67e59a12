import { createMcpPool, type McpPool, type McpTool } from '@tale/mcp-transport';
import type { Nudge, NudgePort } from '@tale/tasks';
import * as z from 'zod/mini';

export interface WakeNudge extends NudgePort, AsyncDisposable {
  /** The tool by which other servers wake this one. */
  readonly tool: McpTool;
}

export interface WakeNudgeOptions {
  /** Addresses of the servers to wake. */
  readonly targets: () => readonly string[];
  readonly token: string;
  readonly onFailure: (error: unknown) => void;
}

const timeoutMs = 2_000;

/** A server to wake: its connections, and what it has not been told yet. */
interface Target {
  readonly pool: McpPool<'server'>;
  readonly waiting: Map<string, Nudge>;
  isTelling: boolean;
}

/**
 * The nudge between processes as a call of the tool `wake`. While one is under way to a server, those that follow wait and are
 * merged: only a cancel says something about a single task. A lost one costs at most the other side's sweep.
 */
export function wakeNudge({ targets, token, onFailure }: WakeNudgeOptions): WakeNudge {
  const listeners = new Set<(nudge: Nudge) => void>();
  const known = new Map<string, Target>();

  function targetAt(url: string): Target {
    const target = known.get(url) ?? {
      pool: createMcpPool({ servers: { server: { url, token, trustHints: true } } }),
      waiting: new Map(),
      isTelling: false,
    };
    known.set(url, target);
    return target;
  }

  /** Servers come back at other addresses: connections to the old ones are closed. */
  function forgetOthers(urls: readonly string[]): void {
    for (const [url, { pool }] of known) {
      if (urls.includes(url)) continue;
      known.delete(url);
      void pool.close();
    }
  }

  async function tell(target: Target): Promise<void> {
    if (target.isTelling) return;
    target.isTelling = true;
    for (const [key, nudge] of target.waiting) {
      target.waiting.delete(key);
      try {
        await target.pool.callTool('server', 'wake', nudge, { timeoutMs, totalMs: timeoutMs });
      } catch (error) {
        onFailure(error);
      }
    }
    target.isTelling = false;
  }

  return {
    send(nudge) {
      const urls = targets();
      forgetOthers(urls);
      for (const url of urls) {
        const target = targetAt(url);
        target.waiting.set(nudge.reason === 'cancel' ? `cancel ${nudge.taskId}` : nudge.reason, nudge);
        void tell(target);
      }
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tool: {
      name: 'wake',
      description: 'Says that another server committed something that this one may be waiting for.',
      input: z.strictObject({ reason: z.enum(['ready', 'cancel', 'answer', 'event']), taskId: z.string() }),
      annotations: { idempotentHint: true },
      run(nudge) {
        for (const listener of listeners) listener(nudge as Nudge);
        return { structured: {} };
      },
    },
    [Symbol.asyncDispose]: async () => forgetOthers([]),
  };
}
