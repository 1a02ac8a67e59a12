/** Where the command line writes. */
export interface Printer {
  /** A result, to stdout. */
  out(line: string): void;
  /** A result for programs, one JSON document, to stdout. */
  document(value: object): void;
  /** News and errors, to stderr. */
  note(line: string): void;
  /** News that replaces the last one on a terminal, and is left out elsewhere. */
  progress(line: string): void;
}

/** Prints to the streams of this process; what nobody reads any more is dropped. */
export function createPrinter(
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream & { isTTY?: boolean },
): Printer {
  for (const stream of [stdout, stderr]) stream.on('error', () => {}); // `| head -1` has left
  let isLineOpen = false;
  const closeLine = () => {
    if (isLineOpen) stderr.write('\n');
    isLineOpen = false;
  };
  const out = (line: string) => {
    closeLine();
    stdout.write(`${line}\n`);
  };
  return {
    out,
    document: (value) => out(JSON.stringify(value)),
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
