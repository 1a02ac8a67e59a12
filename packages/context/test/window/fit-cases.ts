import type { ModelMessage } from '../../src/types.js';
import type { FitInput } from '../../src/window/fit.js';
import { blockText, type CurrentBlock } from '../../src/window/layout.js';
import type { Piece, WindowMessage } from '../../src/window/window-data.js';
import { call, fitInput, message, piece, recallLines } from './simulation.js';

/**
 * A history in words: `u100` a message of the user of 100 tokens, `a100` an answer, `c2` an answer with two calls, `t100` the result of the
 * oldest open call, `i100` a message with an image of 100 tokens.
 */
export function history(words: string): WindowMessage[] {
  const open: string[] = [];
  return words
    .split(' ')
    .filter((word) => word !== '')
    .map((word, index) => {
      const seq = index + 1;
      const size = Number(word.slice(1));
      switch (word[0]) {
        case 'u':
          return message(seq, 'user', size);
        case 'i':
          return message(seq, 'user', 10, { extraTokens: size });
        case 'a':
          return message(seq, 'assistant', size);
        case 'c': {
          const calls = Array.from({ length: size }, (_, number) => call(`c${seq}${'abc'[number]}`));
          open.push(...calls.map(({ id }) => id));
          return message(seq, 'assistant', 0, { toolCalls: calls });
        }
        default:
          return message(seq, 'tool', size, { toolCallId: open.shift() ?? 'none', toolName: 'read' });
      }
    });
}

/** A budget of 1,500 tokens: 2,000 less 484 for the answer and 16 of margin. */
export const budget = { contextTokens: 2_000, answerTokens: 484 };

/** What a row of the table wishes beside its history. */
export interface Wishes extends Partial<FitInput> {
  readonly recall?: readonly number[];
  readonly stored?: number;
  readonly blocks?: ReadonlyMap<number, Piece>;
  readonly systemTokens?: number;
}

/** The input of a row. */
export function inputOf(words: string, { recall = [], stored, systemTokens, ...rest }: Wishes): FitInput {
  const block = stored === undefined ? null : piece('b'.repeat(stored * 4));
  const current: { block: () => CurrentBlock } | null = block && { block: () => ({ kind: 'stored', ...block }) };
  return fitInput(2_000, history(words), {
    window: budget,
    recall: recallLines(...recall),
    ...(systemTokens !== undefined && { system: piece('s'.repeat(systemTokens * 4)) }),
    ...current,
    ...rest,
  });
}

/** A prompt in letters: role, `~` where something is cut, `b` before it where a block stands. */
export function layoutOf(messages: readonly ModelMessage[], block: CurrentBlock): string {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return messages
    .map(({ role, content }, index) => {
      const hasBlock = index === last && blockText(block) !== '';
      return `${hasBlock ? 'b' : ''}${role[0]}${/\[…|\[result of/.test(content) ? '~' : ''}`;
    })
    .join(' ');
}
