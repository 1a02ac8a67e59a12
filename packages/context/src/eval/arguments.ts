import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the command was asked for. */
export interface EvaluationArguments {
  readonly dataFolder: string;
  readonly isJson: boolean;
  readonly outFile: string | null;
  readonly sets: readonly string[] | null;
  readonly split: 'tune' | 'test' | 'all';
  readonly store: 'sqlite' | 'postgres';
  readonly embedModule: string | null;
  readonly bootstrap: number;
  readonly isQuick: boolean;
  readonly isCheck: boolean;
}

/** Arguments or data that the command cannot use: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the command line. A leading `--`, which pnpm hands on, is skipped; relative paths start where the user stands. */
export function readArguments(argv: readonly string[], startFolder: string): EvaluationArguments {
  const { values } = parse(argv.filter((argument) => argument !== '--'));
  const path = (value: string) => (isAbsolute(value) ? value : resolve(startFolder, value));
  if (values.data === undefined) throw new UsageError('--data <folder> is needed.');
  const bootstrap = Number(values.bootstrap);
  if (!Number.isInteger(bootstrap) || bootstrap < 0 || bootstrap > 100_000) {
    throw new UsageError(`--bootstrap needs a whole number up to 100000, not ${values.bootstrap}.`);
  }
  const { quick = false } = values;
  return {
    dataFolder: path(values.data),
    isJson: values.json ?? false,
    outFile: values.out === undefined ? null : path(values.out),
    sets: values.sets === undefined ? null : values.sets.split(',').filter((name) => name !== ''),
    split: oneOf('--split', values.split, ['tune', 'test', 'all']),
    store: oneOf('--store', values.store, ['sqlite', 'postgres']),
    embedModule: values.embed === undefined ? null : path(values.embed),
    bootstrap: quick ? Math.min(bootstrap, 200) : bootstrap,
    isQuick: quick,
    isCheck: values.check ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        data: { type: 'string' },
        json: { type: 'boolean' },
        out: { type: 'string' },
        sets: { type: 'string' },
        split: { type: 'string', default: 'all' },
        store: { type: 'string', default: 'sqlite' },
        embed: { type: 'string' },
        bootstrap: { type: 'string', default: '1000' },
        quick: { type: 'boolean' },
        check: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function oneOf<Value extends string>(name: string, value: string, values: readonly Value[]): Value {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${name} is one of ${values.join(', ')}, not ${value}.`);
  return found;
}
