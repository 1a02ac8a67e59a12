import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { endFailed, fail, fetchPatience, pnpmHome, pnpmVersion, run, say } from './process.mjs';

/** Path of the pinned pnpm's command file; fetched once with npm, afterwards neither npm nor network is needed. */
export async function ensurePnpm() {
  const cli = join(pnpmHome, 'node_modules/pnpm/bin/pnpm.cjs');
  if (existsSync(cli)) return cli;
  say(`fetching pnpm ${pnpmVersion}…`);
  const temporary = `${pnpmHome}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(temporary, 'package.json'), '{"private":true}');
  const args = ['install', '--prefix', temporary, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  args.push('--prefer-offline', '--workspaces=false', ...fetchPatience, `pnpm@${pnpmVersion}`);
  const code = await run(npmCommandFile(), args, { stdio: ['ignore', 2, 2] });
  if (code !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    endFailed(code, `pnpm ${pnpmVersion} could not be fetched; npm says why above. It needs the registry once.`);
  }
  rmSync(pnpmHome, { recursive: true, force: true });
  renameSync(temporary, pnpmHome);
  return cli;
}

/** npm's own command file: the npm that runs us, else the one beside this Node. */
export function npmCommandFile() {
  const own = process.env.npm_execpath ?? '';
  const bin = dirname(realpathSync(process.execPath));
  const candidates = [
    /npm-cli\.js$/.test(own) ? own : '',
    join(bin, 'node_modules/npm/bin/npm-cli.js'),
    join(bin, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(bin, '../share/nodejs/npm/bin/npm-cli.js'),
  ];
  return (
    candidates.find((candidate) => candidate !== '' && existsSync(candidate)) ?? fail('npm was not found beside node.')
  );
}
