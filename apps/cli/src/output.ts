import type { WriteStream } from 'node:tty';

/** The only place that writes to stdout and stderr. */
export interface Output {
  /** stdout, opened when first used: a stream that nobody writes to costs start-up time. */
  out(): WriteStream;
  /** stderr, likewise. */
  error(): WriteStream;
  /** Whether stdout takes no more: its reader has left, or a write failed. What is written then is dropped. */
  isClosed(): boolean;
  /** What could not be written, and why (`ENOSPC`); `null` if all was, or the reader has left. */
  failure(): OutputFailure | null;
  writeOut(text: string): void;
  writeError(text: string): void;
}

/** A stream that failed, and the system's code for it. */
export interface OutputFailure {
  readonly stream: 'stdout' | 'stderr';
  readonly code: string;
}

/** The output of this process, or of a test. `onFailure` is told once, about the first write that failed. */
export function createOutput(
  host: { readonly stdout: WriteStream; readonly stderr: WriteStream } = process,
  onFailure: (failure: OutputFailure) => void = () => {},
): Output {
  const closed = { stdout: false, stderr: false };
  let failure: OutputFailure | null = null;
  let out: WriteStream | null = null;
  let error: WriteStream | null = null;
  const open = (name: 'stdout' | 'stderr') =>
    host[name].on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      closed[name] = true;
      // A reader that leaves (`| head -1`) is no failure of the command.
      if (failure || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return;
      failure = { stream: name, code };
      onFailure(failure);
    });
  const output: Output = {
    out() {
      out ??= open('stdout');
      return out;
    },
    error() {
      error ??= open('stderr');
      return error;
    },
    isClosed: () => closed.stdout,
    failure: () => failure,
    writeOut(text) {
      const stream = output.out();
      if (!closed.stdout) stream.write(text);
    },
    writeError(text) {
      const stream = output.error();
      if (!closed.stderr) stream.write(text);
    },
  };
  return output;
}
