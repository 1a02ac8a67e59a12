import { expect } from 'vitest';
import type { CommandResult } from './running-command.js';

/** A document of `--json`. */
// biome-ignore lint/suspicious/noExplicitAny: the tests say which fields they expect.
export type Document = { readonly schema: string } & Record<string, any>;

/** The one document on stdout, which has to have this schema. */
export function documentOf({ stdout, stderr }: CommandResult, schema: string): Document {
  const parsed = parseOne(stdout, stderr);
  expect(parsed.schema, stdout.slice(0, 500)).toBe(schema);
  return parsed;
}

function parseOne(stdout: string, stderr: string): Document {
  try {
    return JSON.parse(stdout) as Document; // a second document, or anything else, is no JSON
  } catch {
    throw new Error(`stdout is not one document: ${JSON.stringify(stdout.slice(0, 500))}; stderr: ${stderr}`);
  }
}

/** The failure that a command reported with `--json`; its exit code is in the document and the process's own. */
export function failureOf(result: CommandResult): Document {
  const document = documentOf(result, 'tale.error/1');
  expect(document.exitCode).toBe(result.code);
  return document.error as Document;
}

/** The last line, without its line feed. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
