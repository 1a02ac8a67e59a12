import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Root of the repository. */
export const root = join(import.meta.dirname, '../../..');

export type ExportTarget = string | Record<string, string>;

export interface PackageManifest {
  readonly name: string;
  readonly license?: string;
  readonly type?: string;
  readonly private?: boolean;
  readonly sideEffects?: false | readonly string[];
  readonly engines?: Record<string, string>;
  readonly files?: readonly string[];
  readonly exports?: Record<string, ExportTarget>;
  readonly publishConfig?: { readonly access: string; readonly exports: Record<string, ExportTarget> };
  readonly scripts?: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly repository?: { readonly directory: string };
}

/** A workspace package. */
export interface WorkspacePackage {
  readonly folder: string;
  readonly path: string;
  readonly manifest: PackageManifest;
}

function read(group: string): WorkspacePackage[] {
  return readdirSync(join(root, group))
    .filter((folder) => existsSync(join(root, group, folder, 'package.json')))
    .map((folder) => {
      const path = join(root, group, folder);
      return {
        folder,
        path,
        manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as PackageManifest,
      };
    });
}

/** The published packages. */
export const published = read('packages');

/** Every workspace package. */
export const all = ['packages', 'apps', 'tooling', 'tests'].flatMap(read);

/** Files below `path` whose name ends in `ending`. */
export function filesBelow(path: string, ending: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}
