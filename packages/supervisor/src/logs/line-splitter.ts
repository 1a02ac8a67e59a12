import { StringDecoder } from 'node:string_decoder';

/** Longest line that is kept, characters. */
export const LINE_LIMIT = 65_536;
/** Kept beyond the limit until the line ends, so that a secret which crosses the limit is still seen whole. */
const SLACK = 1_024;

export interface LineSplitter {
  /** Takes bytes as they come; a character may be torn between two chunks. */
  write(chunk: Buffer): void;
  /** Gives out what is left without a line end. */
  end(): void;
}

/**
 * Cuts a stream into lines. A longer line than {@link LINE_LIMIT} is given out once, cut and marked with its whole length.
 * `redact` sees each line before it is cut.
 */
export function createLineSplitter(redact: (text: string) => string, onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let kept = '';
  let length = 0;

  const add = (text: string) => {
    length += text.length;
    const room = LINE_LIMIT + SLACK - kept.length;
    if (room > 0) kept += text.length > room ? text.slice(0, room) : text;
  };
  const finish = () => {
    const line = redact(kept.endsWith('\r') ? kept.slice(0, -1) : kept);
    onLine(length > LINE_LIMIT ? `${line.slice(0, LINE_LIMIT)} … [cut: ${length} characters]` : line);
    kept = '';
    length = 0;
  };

  return {
    write(chunk) {
      const text = decoder.write(chunk);
      let from = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
        add(text.slice(from, end));
        finish();
        from = end + 1;
      }
      add(text.slice(from));
    },
    end() {
      add(decoder.end());
      if (length > 0) finish();
    },
  };
}
