import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesBelow, published, root } from './packages.js';

const typedoc = JSON.parse(readFileSync(join(root, 'typedoc.json'), 'utf8')) as {
  readonly packageOptions: { readonly entryPoints: readonly string[] };
};

/** `a/{b,c}` as `a/b` and `a/c`. */
function expandBraces(pattern: string): string[] {
  const [, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? [];
  return choices === undefined ? [pattern] : choices.split(',').map((choice) => `${before}${choice}${after}`);
}

/** A default as code, so that spellings compare; `null` if it is told in words. */
function literal(text: string): string | null {
  const code = text.replace(/[`'_]|(?<=\d) (?=\d{3})/g, '').trim();
  const [, mebibytes] = /^(\d+) MiB$/.exec(code) ?? [];
  if (mebibytes) return String(Number(mebibytes) * 1_048_576);
  return /^(\d[\d.]*|null|true|false)$/.test(code) || /^`*'[^']*'`*$/.test(text.trim()) ? code : null;
}

/** The literal `@defaultValue`s of a package by property name. */
function documentedDefaults(path: string): Map<string, Set<string>> {
  const defaults = new Map<string, Set<string>>();
  for (const file of filesBelow(join(path, 'src'), '.ts')) {
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      if (!ts.isPropertySignature(node)) return;
      for (const tag of ts.getJSDocTags(node).filter(({ tagName }) => tagName.text === 'defaultValue')) {
        const value = literal(ts.getTextOfJSDocComment(tag.comment) ?? '');
        const name = node.name.getText();
        if (value !== null) defaults.set(name, (defaults.get(name) ?? new Set()).add(value));
      }
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true));
  }
  return defaults;
}

/** Rows of the option tables, one for each name of the first cell: `[name, default]`. */
function optionRows(readme: string): [string, string][] {
  const tables = readme.matchAll(/^\| option \|.*\| default \|.*\n\|[-| ]+\n((?:\|.*\n)+)/gm);
  return [...tables].flatMap(([, rows = '']) =>
    rows.split('\n').flatMap((row) => {
      const [, names = '', , value = ''] = row.replaceAll('\\|', '/').split('|');
      const values = names.includes(',') ? value.split(',') : [value];
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name = ''], index): [string, string] => [
        name.split('.').at(-1) ?? name,
        values[index] ?? '',
      ]);
    }),
  );
}

describe.each(published)('@tale/$folder', ({ path, manifest }) => {
  it('has a reference page for every entry that exports something', () => {
    const documented = typedoc.packageOptions.entryPoints.flatMap(expandBraces);
    const sources = Object.values(manifest.exports ?? {}).flatMap((target) =>
      typeof target === 'string' ? [] : [(target['@tale/source'] ?? '').replace(/^\.\//, '')],
    );
    const exporting = sources.filter((source) => /^export /m.test(readFileSync(join(path, source), 'utf8')));
    expect(exporting.filter((source) => !documented.includes(source))).toEqual([]);
  });

  it('tells the same defaults in its README as at the options themselves', () => {
    const defaults = documentedDefaults(path);
    for (const [name, cell] of optionRows(readFileSync(join(path, 'README.md'), 'utf8'))) {
      const told = literal(cell);
      const known = defaults.get(name);
      if (told !== null && known) expect([...known], `default of ${name}`).toContain(told);
    }
  });
});
