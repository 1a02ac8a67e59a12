import type { McpTool } from '@tale/mcp-transport';
import { callTool } from '@tale/mcp-transport/light';
import type { Nudge, NudgePort } from '@tale/tasks';
import * as z from 'zod/mini';

export interface WakeNudge extends NudgePort {
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

/**
 * The nudge between processes as a call of the tool `wake`. While one is under way to a server, those that follow wait and are
 * merged: only a cancel says something about a single task. A lost one costs at most the other side's sweep.
 */
export function wakeNudge({ targets, token, onFailure }: WakeNudgeOptions): WakeNudge {
  const listeners = new Set<(nudge: Nudge) => void>();
  const waiting = new Map<string, Map<string, Nudge>>();

  async function deliver(url: string, nudges: Map<string, Nudge>): Promise<void> {
    for (const [key, nudge] of nudges) {
      nudges.delete(key);
      try {
        await callTool({ url, token, name: 'wake', args: nudge, timeoutMs });
      } catch (error) {
        onFailure(error);
      }
    }
    waiting.delete(url);
  }

  return {
    send(nudge) {
      const key = nudge.reason === 'cancel' ? `cancel ${nudge.taskId}` : nudge.reason;
      for (const url of targets()) {
        const nudges = waiting.get(url);
        if (nudges) nudges.set(key, nudge);
        else {
          const first = new Map([[key, nudge]]);
          waiting.set(url, first);
          void deliver(url, first);
        }
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
  };
}
