import { chooseSlot } from '../../schedule/slots.js';
import { RunnerFailure } from './failure.js';
import type { ChatWrapper, LlamaChat, LlamaCompletion, LlamaContext, LlamaModule, LlamaSequence } from './llama.js';

/** A sequence of the context, and what writes into it. */
export interface Slot {
  readonly sequence: LlamaSequence;
  readonly chat: LlamaChat;
  readonly completion: LlamaCompletion;
}

/** The sequences of a context. They live as long as it does: one that is disposed of is not always given again. */
export interface Slots {
  /** The best free slot for a prompt; it is in use until it is put back. Its tokens stay. */
  take(prompt: readonly number[]): Slot;
  putBack(slot: Slot): void;
  /** How many are free. */ readonly free: number;
}

/** Takes all sequences of a context; a model of vectors has none. */
export function createSlots(
  { LlamaChat, LlamaCompletion }: LlamaModule,
  { context, count, chatWrapper }: { context: LlamaContext | null; count: number; chatWrapper: ChatWrapper },
): Slots {
  let uses = 0;
  const sequences = context ? Array.from({ length: count }, () => context.getSequence()) : [];
  const free = sequences.map((sequence) => {
    return {
      slot: {
        sequence,
        chat: new LlamaChat({ contextSequence: sequence, chatWrapper }),
        completion: new LlamaCompletion({ contextSequence: sequence }),
      },
      lastUsed: 0,
    };
  });
  return {
    get free() {
      return free.length;
    },
    take(prompt) {
      const index = chooseSlot(
        free.map(({ slot, lastUsed }) => ({ tokens: slot.sequence.contextTokens, lastUsed })),
        prompt,
      );
      const [taken] = index === -1 ? [] : free.splice(index, 1);
      if (!taken) throw new RunnerFailure('internal', 'all slots are in use');
      return taken.slot;
    },
    putBack: (slot) => void free.push({ slot, lastUsed: ++uses }),
  };
}
