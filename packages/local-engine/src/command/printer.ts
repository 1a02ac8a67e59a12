/** Where the command line writes. */
export interface Printer {
  /** A result, to stdout. */
  out(line: string): void;
  /** News and errors, to stderr. */
  note(line: string): void;
  /** News that replaces the last one on a terminal, and is left out elsewhere. */
  progress(line: string): void;
}

/** Prints to the streams of this process. */
export function createPrinter(
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream & { isTTY?: boolean },
): Printer {
  let isLineOpen = false;
  const closeLine = () => {
    if (isLineOpen) stderr.write('\n');
    isLineOpen = false;
  };
  return {
    out(line) {
      closeLine();
      stdout.write(`${line}\n`);
    },
    note(line) {
      closeLine();
      stderr.write(`${line}\n`);
    },
    progress(line) {
      if (!stderr.isTTY) return;
      stderr.write(`\r\u001b[K${line}`);
      isLineOpen = true;
    },
  };
}
