import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type EvaluationArguments, UsageError } from './arguments.js';
import {
  type ConversationData,
  conversationRow,
  manifestFile,
  type QueryData,
  queryRow,
  type SetManifest,
} from './data-schemas.js';

/** One set of the data. */
export interface DataSet {
  readonly name: string;
  readonly manifest: SetManifest;
  readonly conversations: readonly ConversationData[];
  readonly queries: readonly QueryData[];
}

/** All that was read. */
export interface EvaluationData {
  readonly sha256: string;
  readonly files: readonly { readonly file: string; readonly rows: number; readonly skipped: number }[];
  readonly sets: readonly DataSet[];
}

const mostBroken = 0.01;
const quickConversations = 2;

/** Reads the folder. Broken rows are counted; more than one in a hundred, or no manifest, is a {@link UsageError}. */
export async function readData({ dataFolder, sets, split, isQuick }: EvaluationArguments): Promise<EvaluationData> {
  const hash = createHash('sha256');
  const files: EvaluationData['files'][number][] = [];
  const read = async (file: string) => {
    try {
      const text = await readFile(join(dataFolder, file), 'utf8');
      hash.update(file).update('\0').update(text).update('\0');
      return text;
    } catch (error) {
      throw new UsageError(`${file} of ${dataFolder} cannot be read.`, { cause: error });
    }
  };
  const rowsOf = async <Row>(file: string, schema: z.ZodType<Row>): Promise<Row[]> => {
    const { rows, skipped } = readRows(await read(file), schema);
    files.push({ file, rows: rows.length, skipped });
    if (skipped > mostBroken * (rows.length + skipped)) {
      throw new UsageError(`${skipped} of ${rows.length + skipped} rows of ${file} are broken.`);
    }
    return rows;
  };

  const manifest = manifestFile.safeParse(parseJson(await read('manifest.json')));
  if (!manifest.success)
    throw new UsageError(`manifest.json of ${dataFolder} is no tale-context-eval/1.`, { cause: manifest.error });
  const names = Object.keys(manifest.data.sets)
    .toSorted()
    .filter((name) => sets?.includes(name) ?? true);
  if (names.length === 0) throw new UsageError(`No set of ${dataFolder} was asked for.`);
  const found: DataSet[] = [];
  for (const name of names) {
    const all = await rowsOf(`conversations.${name}.jsonl`, conversationRow);
    const queries = await rowsOf(`queries.${name}.jsonl`, queryRow);
    const chosen = all
      .filter((row) => split === 'all' || row.split === split)
      .slice(0, isQuick ? quickConversations : undefined);
    const ids = new Set(chosen.map(({ id }) => id));
    found.push({
      name,
      manifest: manifest.data.sets[name]!,
      conversations: chosen,
      queries: queries.filter(({ conversation }) => ids.has(conversation)),
    });
  }
  return { sha256: hash.digest('hex'), files, sets: found };
}

/** Rows of a JSONL text that fit a schema, and how many do not. */
export function readRows<Row>(text: string, schema: z.ZodType<Row>): { rows: Row[]; skipped: number } {
  const rows: Row[] = [];
  let skipped = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const parsed = schema.safeParse(parseJson(line));
    if (parsed.success) rows.push(parsed.data);
    else skipped++;
  }
  return { rows, skipped };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
