import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';

/** How somebody agrees to what cannot be undone. */
export interface Confirmation {
  /** `--yes` */
  readonly yes: boolean;
  readonly question: string;
  /** What has to be typed. */
  readonly answer: string;
}

/**
 * Goes on only where somebody agreed: by `--yes`, or on a terminal by typing the answer.
 *
 * @throws {@link CommandError} `usage` where nobody can be asked, `aborted` for another answer
 */
export async function confirm(
  { printer, canAsk }: Pick<CommandContext, 'printer' | 'canAsk'>,
  { yes, question, answer }: Confirmation,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  if (yes) return;
  if (!canAsk()) {
    throw new CommandError('usage', `${question} Nobody can be asked here.`, {
      hint: 'give --yes, or --dry-run to see what would go',
    });
  }
  printer.problem(`${question} Type ${answer} to go on:`);
  // Imported when needed: it would cost every command a part of Node's start.
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input });
  try {
    for await (const line of reader) {
      if (line.trim().toLowerCase() === answer) return;
      break;
    }
  } finally {
    reader.close();
  }
  throw new CommandError('aborted', 'Nothing was changed.');
}
