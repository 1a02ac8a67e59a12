import { asTyped } from './command-line.js';
import type { Output } from './output.js';
import { truncateLine } from './terminal/display-width.js';
import { escapeJson } from './terminal/escape-json.js';
import { createSanitizer, sanitize } from './terminal/sanitizer.js';
import { type StreamTraits, streamTraits } from './terminal/streams.js';

/** Text with an emphasis of ours; it shows only where the stream takes colours. */
export interface Styled {
  readonly style: keyof typeof styles;
  readonly text: string;
}

/** A piece of a line; what it says is sanitised, whoever wrote it. */
export type Part = string | Styled;

const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

/** How a command prints. */
export interface PrinterSettings {
  /** One JSON document on stdout and nothing else. */
  readonly json: boolean;
  /** No notes and no progress. */
  readonly quiet: boolean;
  /** No cursor movement, no colour. */
  readonly plain: boolean;
  /** No colour. */
  readonly noColor: boolean;
  /** Text of models, tasks and logs as it is; only where stdout is no terminal. */
  readonly rawOutput: boolean;
}

/** Answer that arrives in pieces. */
export interface TextStream {
  write(text: string): void;
  /** Ends it with a line feed, if it does not end with one. */
  end(): void;
}

/** A text that may be longer than what fits into memory. */
export interface PacedTextStream extends TextStream {
  /** Resolves once its reader has taken what was written; with `false` where the reader has left. */
  taken(): Promise<boolean>;
}

/** How everything is said: what goes where, sanitised, in colour or not. */
export interface Printer {
  readonly settings: PrinterSettings;
  readonly stdout: StreamTraits;
  readonly stderr: StreamTraits;
  /** A line of the result, on stdout. Nothing with `--json`. */
  line(...parts: Part[]): void;
  /** The document of `--json`, on stdout. */
  document(value: object): void;
  /** A text of the result that arrives in pieces, on stdout. */
  text(): PacedTextStream;
  /** A line for the person who waits, on stderr. Nothing with `--quiet`. */
  note(...parts: Part[]): void;
  /** A line on stderr that is never left out. */
  problem(...parts: Part[]): void;
  /** A text with its commands as they have to be typed here. */
  asTyped(text: string): string;
  /** Replaces the line that shows what is going on, where the terminal can; `''` takes it away. */
  phase(text: string): void;
}

/** A printer on an output; `env` says whether it takes colours. */
export function createPrinter(settings: PrinterSettings, output: Output, env: NodeJS.ProcessEnv): Printer {
  const stdout = lazy(() => streamTraits(output.out(), { env, ...settings }));
  const stderr = lazy(() => streamTraits(output.error(), { env, ...settings }));
  let phaseIsShown = false;
  let isMidLine = false;

  const writeOut = (text: string) => {
    if (stdout().isTerminal) isMidLine = !text.endsWith('\n');
    output.writeOut(text);
  };
  const writeError = (text: string) => {
    if (isMidLine && stderr().isTerminal) writeOut('\n');
    output.writeError(text);
  };
  const clearPhase = () => {
    if (phaseIsShown) output.writeError('\r\u001B[K');
    phaseIsShown = false;
  };
  const compose = (parts: Part[], traits: StreamTraits) =>
    parts.map((part) => (typeof part === 'string' ? sanitize(part) : paint(part, traits))).join('');

  return {
    settings,
    get stdout() {
      return stdout();
    },
    get stderr() {
      return stderr();
    },
    line(...parts) {
      if (settings.json) return;
      clearPhase();
      writeOut(`${compose(parts, stdout())}\n`);
    },
    document(value) {
      clearPhase();
      writeOut(`${stringifyDocument(value)}\n`);
    },
    text() {
      const sanitizer = createSanitizer();
      let last = '';
      const show = (text: string) => {
        if (text === '' || settings.json) return;
        clearPhase();
        writeOut(text);
        last = text[text.length - 1]!;
      };
      return {
        write: (text) => show(settings.rawOutput ? text : sanitizer.write(text)),
        end() {
          show(sanitizer.end());
          // A note may have ended the line on the same terminal already.
          if (stdout().isTerminal ? isMidLine : last !== '\n') show('\n');
        },
        async taken() {
          const stream = output.out();
          if (!output.isClosed() && stream.writableNeedDrain) {
            await new Promise<void>((resolve) => {
              const end = () => {
                for (const event of ['drain', 'close', 'error']) stream.off(event, end);
                resolve();
              };
              for (const event of ['drain', 'close', 'error']) stream.on(event, end);
            });
          }
          return !output.isClosed();
        },
      };
    },
    note(...parts) {
      if (settings.quiet) return;
      clearPhase();
      writeError(`${compose(parts, stderr())}\n`);
    },
    problem(...parts) {
      clearPhase();
      writeError(`${compose(parts, stderr())}\n`);
    },
    asTyped: (text) => asTyped(text, env),
    phase(text) {
      if (settings.quiet || !stderr().ansi) return;
      clearPhase();
      // It would be written into the text that streams on the same terminal.
      if (text === '' || isMidLine) return;
      output.writeError(truncateLine(sanitize(text).replaceAll(/[\n\t]/g, ' '), stderr().columns - 1));
      phaseIsShown = true;
    },
  };
}

/** One document, for people and for programs; what a terminal would obey is written as an escape. */
export function stringifyDocument(value: object, indent = 2): string {
  return escapeJson(
    JSON.stringify(value, (_key, entry) => (typeof entry === 'string' ? wellFormed(entry) : entry), indent),
  );
}

function paint(part: Styled, traits: StreamTraits): string {
  const text = sanitize(part.text);
  if (!traits.ansi) return text;
  const [on, off] = styles[part.style];
  return `\u001B[${on}m${text}\u001B[${off}m`;
}

function lazy<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Node has it; the library of es2023 does not know it yet. */
function wellFormed(text: string): string {
  return (text as string & { toWellFormed(): string }).toWellFormed();
}
