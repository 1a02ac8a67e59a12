import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies, validRange } from 'semver';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { all, root } from './packages.js';

interface Lockfile {
  readonly packages: Record<
    string,
    { readonly engines?: { readonly node?: string }; readonly resolution?: { readonly tarball?: string } }
  >;
}

const lockfile = parse(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')) as Lockfile;
const workspace = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')) as {
  readonly catalog: Record<string, string>;
};

it('locks only packages that accept Node 20.19', () => {
  const refused = Object.entries(lockfile.packages).filter(([, { engines }]) => {
    const range = engines?.node;
    return range !== undefined && validRange(range) !== null && !satisfies('20.19.0', range);
  });
  expect(refused.map(([name]) => name)).toEqual([]);
  expect(Object.keys(lockfile.packages).length).toBeGreaterThan(100);
});

it('locks contents by hash and names no server', () => {
  expect(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/https?:\/\//);
});

it('pins exact versions in the catalog, each used by some package', () => {
  const used = new Set(
    all.flatMap(({ manifest }) => Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })),
  );
  for (const [name, version] of Object.entries(workspace.catalog)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(used.has(name), `${name} is in the catalog and nobody uses it`).toBe(true);
  }
});

it('takes third-party versions from the catalog everywhere', () => {
  for (const { manifest } of all) {
    for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(range, `${name} in ${manifest.name}`).toBe(name.startsWith('@tale/') ? 'workspace:*' : 'catalog:');
    }
  }
});
