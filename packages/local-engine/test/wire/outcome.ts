import type { CallOutcome } from '../../src/runner/model-runner.js';
import type { TextPiece } from '../../src/runner/protocol.js';
import type { TextEnd } from '../../src/wire/text-shape.js';

/** The end of an answer of 5 tokens to a prompt of 30, of which 20 were cached. */
export function textEnd(outcome: Partial<CallOutcome> = {}, totalMs = 100): TextEnd {
  return {
    outcome: {
      ...{ reason: 'stop', cachedTokens: 20, promptTokens: 10, outputTokens: 5, toolCalls: [] },
      ...{ promptMs: 12.3456789, outputMs: 40.5, queueMs: 3, loadMs: 7 },
      ...outcome,
    },
    totalMs,
  };
}

/** A piece of that answer. */
export function textPiece(text: string, isThinking = false): TextPiece {
  return { text, isThinking, inputTokens: 30, outputTokens: 2 };
}

/** A call of a tool. */
export const weatherCall = { id: 'call_a', name: 'weather', arguments: { city: 'Wien', days: 2 } };

/** A chunk as a client reads it. */
export const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
