import { createInterface } from 'node:readline/promises';
import type { Printer } from '../printer.js';

/** Lets a person choose one of `lines` by its number, on stderr; resolves with its index, or `null` for none. */
export async function askForNumber(
  printer: Printer,
  question: string,
  lines: readonly string[],
  input: NodeJS.ReadableStream = process.stdin,
): Promise<number | null> {
  printer.problem(question);
  lines.forEach((line, at) => {
    printer.problem(`${String(at + 1).padStart(3)}  ${line}`);
  });
  printer.problem(`Number (1-${lines.length}), or Enter for none:`);
  const reader = createInterface({ input });
  try {
    for await (const answer of reader) {
      const text = answer.trim();
      if (text === '') return null;
      const number = Number(text);
      if (Number.isInteger(number) && number >= 1 && number <= lines.length) return number - 1;
      printer.problem(`Please give a number from 1 to ${lines.length}, or Enter for none:`);
    }
    return null;
  } finally {
    reader.close();
  }
}
