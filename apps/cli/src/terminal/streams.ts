import type { WriteStream } from 'node:tty';

/** What one output stream can do. */
export interface StreamTraits {
  /** Whether somebody looks at it. */
  readonly isTerminal: boolean;
  /** Whether colours and cursor movement may be written. */
  readonly ansi: boolean;
  /** Width, in columns; 80 where there is none. */
  readonly columns: number;
}

/** Switches that decide about colour and movement. */
export interface TraitSwitches {
  /** Variables: `NO_COLOR`, `TALE_NO_COLOR`, `TALE_PLAIN`, `TERM`. */
  readonly env: NodeJS.ProcessEnv;
  /** `--plain` */
  readonly plain: boolean;
  /** `--no-color` */
  readonly noColor: boolean;
}

/** Traits of `stream`: no ESC byte where it is no terminal or somebody asked for none. */
export function streamTraits(stream: Pick<WriteStream, 'isTTY' | 'columns'>, switches: TraitSwitches): StreamTraits {
  const { env, plain, noColor } = switches;
  const isTerminal = stream.isTTY === true;
  const refused =
    plain || noColor || isSet(env.NO_COLOR) || isSet(env.TALE_NO_COLOR) || isSet(env.TALE_PLAIN) || env.TERM === 'dumb';
  return { isTerminal, ansi: isTerminal && !refused, columns: isTerminal && stream.columns ? stream.columns : 80 };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
