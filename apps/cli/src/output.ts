import type { WriteStream } from 'node:tty';

/** The only place that writes to stdout and stderr. */
export interface Output {
  /** stdout, opened when first used: a stream that nobody writes to costs start-up time. */
  out(): WriteStream;
  /** stderr, likewise. */
  error(): WriteStream;
  /** Whether the reader of stdout has left; what is written then is dropped. */
  isClosed(): boolean;
  writeOut(text: string): void;
  writeError(text: string): void;
}

/** The output of this process, or of a test. */
export function createOutput(host: { readonly stdout: WriteStream; readonly stderr: WriteStream } = process): Output {
  let isClosed = false;
  let out: WriteStream | null = null;
  let error: WriteStream | null = null;
  const open = (stream: WriteStream, onClosed: () => void) =>
    // A reader that leaves (`| head -1`) is no failure of the command.
    stream.on('error', (problem: NodeJS.ErrnoException) => {
      if (problem.code !== 'EPIPE' && problem.code !== 'ERR_STREAM_DESTROYED') throw problem;
      onClosed();
    });
  const output: Output = {
    out() {
      out ??= open(host.stdout, () => {
        isClosed = true;
      });
      return out;
    },
    error() {
      error ??= open(host.stderr, () => {});
      return error;
    },
    isClosed: () => isClosed,
    writeOut(text) {
      const stream = output.out();
      if (!isClosed) stream.write(text);
    },
    writeError: (text) => void output.error().write(text),
  };
  return output;
}
