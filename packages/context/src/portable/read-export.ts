import { TextDecoder } from 'node:util';
import { deepestJson, isDeeperThan } from '../clean-text.js';
import { ContextError } from '../errors.js';
import { ExportHeaderSchema, type ExportRow, ExportRowSchema } from './format.js';

const lineCharacters = 33_554_432;
const wholeCharacters = 67_108_864; // of a document that is not a row a line

/** How deep a row may nest: parts and meta stand one deeper in it than by themselves. */
export const deepestRow = deepestJson + 1;

/** A row and where it stands. */
export interface PlacedRow {
  readonly path: string;
  readonly row: ExportRow;
}

/** Rows of an export, checked one by one. A document of another layout is read as a whole, up to 64 MiB. */
export async function* readExport(
  json: string | AsyncIterable<string | Uint8Array>,
  mostBytes: number,
): AsyncGenerator<PlacedRow> {
  const lines = linesOf(json, mostBytes);
  const first = (await lines.next()).value ?? '';
  if (!/^\{"format":"[^"]*","rows":\[\s*$/.test(first)) {
    yield* readWhole(first, lines);
    return;
  }
  checkHeader(parse(`${first}]}`, 'format'));
  let index = 0;
  for await (const line of lines) {
    if (/^\s*$/.test(line)) continue;
    if (/^\s*\]\s*\}\s*$/.test(line)) {
      for await (const rest of lines) if (rest.trim() !== '') throw invalid('rows', 'something stands behind the end');
      return;
    }
    const path = `rows[${index}]`;
    yield { path, row: checkRow(parse(line.replace(/,\s*$/, ''), path), path) };
    index += 1;
  }
  throw invalid(`rows[${index}]`, 'the end is missing');
}

async function* readWhole(first: string, lines: AsyncIterable<string>): AsyncGenerator<PlacedRow> {
  let text = first;
  for await (const line of lines) {
    text += `\n${line}`;
    if (text.length > wholeCharacters) throw invalid('', 'a document of this size needs a row a line');
  }
  const document = parse(text, '');
  checkHeader(document);
  const { rows } = document as { rows?: unknown };
  if (!Array.isArray(rows)) throw invalid('rows', 'it is no list');
  for (const [index, row] of rows.entries()) {
    const path = `rows[${index}]`;
    yield { path, row: checkRow(row, path) };
  }
}

async function* linesOf(json: string | AsyncIterable<string | Uint8Array>, mostBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let rest = '';
  for await (const part of typeof json === 'string' ? piecesOf(json) : json) {
    bytes += typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
    if (bytes > mostBytes) throw invalid('', `it is over ${mostBytes} bytes`, mostBytes);
    const lines = `${rest}${typeof part === 'string' ? part : decode(decoder, part)}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineCharacters) throw invalid('', 'a line is too long', lineCharacters);
    yield* lines;
  }
  yield rest + decode(decoder);
}

function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += 1_048_576) yield text.slice(start, start + 1_048_576);
}

function decode(decoder: TextDecoder, part?: Uint8Array): string {
  try {
    return part ? decoder.decode(part, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw invalid('', 'it is no UTF-8', undefined, cause);
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'it is no JSON', undefined, cause);
  }
}

function checkHeader(document: unknown): void {
  const { success } = ExportHeaderSchema.safeParse(document);
  if (!success) throw invalid('format', 'it is no export of a version that this package reads');
}

function checkRow(value: unknown, path: string): ExportRow {
  if (isDeeperThan(value, deepestRow)) throw invalid(path, `it nests deeper than ${deepestRow}`, deepestRow);
  const { data, error } = ExportRowSchema.safeParse(value);
  if (data) return data;
  const issue = error.issues[0];
  throw invalid([path, ...(issue?.path ?? [])].join('.'), issue?.message ?? 'it is no row', undefined, error);
}

/** Says what is wrong with an import, and where. */
export function invalid(path: string, what: string, limit?: number, cause?: unknown): ContextError {
  return new ContextError('invalid-import', `The import cannot be read at ${path || 'its beginning'}: ${what}.`, {
    path,
    limit,
    cause,
  });
}
