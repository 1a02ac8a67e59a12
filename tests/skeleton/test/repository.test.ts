import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { all, filesBelow, root } from './packages.js';

it('has the documents that a newcomer looks for', () => {
  const expected = ['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'SECURITY.md', 'LICENSE', '.ci/run', 'docs/decisions'];
  expect(expected.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

it('writes to the terminal in one place of the command line only', () => {
  const sources = filesBelow(join(root, 'apps/cli/src'), '.ts');
  const writers = sources.filter((file) => /process\.std(out|err)\.write|console\./.test(readFileSync(file, 'utf8')));
  expect(writers.map((file) => relative(root, file)).length).toBeLessThanOrEqual(1);
});

it('runs no shell', () => {
  const sources = all.flatMap(({ path }) => filesBelow(join(path, 'src'), '.ts'));
  expect(sources.filter((file) => /shell: true|\bexecSync\(|[^.]\bexec\('/.test(readFileSync(file, 'utf8')))).toEqual(
    [],
  );
});
