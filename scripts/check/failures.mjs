import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../bootstrap/process.mjs';

/** What failed in the tests that ended since `sinceMs`, a workspace package after the other: the last words of a long log. */
export function failures(sinceMs) {
  return ['packages', 'apps', 'tests', 'tooling']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
    .map((folder) => ({ folder, file: join(folder, 'coverage/failures.txt') }))
    .filter(({ file }) => existsSync(file) && statSync(file).mtimeMs >= sinceMs)
    .map(({ folder, file }) => `${relative(root, folder)}\n${readFileSync(file, 'utf8')}`);
}
