import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFolder } from './ensure-folder.js';
import { ConfigError } from './errors.js';
import { readConfigFile } from './read-config-file.js';
import { writePrivateFile } from './write-private-file.js';

/** Options of {@link openSecrets}. */
export interface SecretsOptions {
  /** Folder of the configuration; the files are in its folder `secrets`. */
  readonly folder: string;
  /** Prefix of the variables, in upper case. @defaultValue 'tale' */
  readonly name?: string;
  /** Variables that win over the files. @defaultValue process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A secret that is there; its value is not told. */
export interface KnownSecret {
  /** Its name. */
  readonly name: string;
  /** Where it comes from. */
  readonly source: 'env' | 'file';
}

/** Keys and passwords, each by itself. Names are lower-case words joined by `-`, at most 64 characters. */
export interface Secrets {
  /**
   * The value: of the variable `<NAME>_SECRET_<SECRET>`, else of the file; `null` where there is none. White space around it is cut.
   *
   * @throws {@link ConfigError} `unsafe-file` for a file that others can read; `out-of-range` for a name that cannot be one
   */
  read(secret: string): Promise<string | null>;
  /**
   * Keeps a value in a 0600 file.
   *
   * @throws {@link ConfigError} `out-of-range` for an empty value, one with control characters or of more than 16,384 characters;
   * `unsafe-file`, `not-writable`
   */
  write(secret: string, value: string): Promise<void>;
  /**
   * Deletes the file; resolves with `false` where there was none. A variable stays as it is.
   *
   * @throws {@link ConfigError} `not-writable`; `out-of-range` for a name that cannot be one
   */
  remove(secret: string): Promise<boolean>;
  /** Which secrets there are and where each comes from; never a value. */
  list(): Promise<readonly KnownSecret[]>;
}

const secretName = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const maximumCharacters = 16_384;

/** Opens the secrets of a program; nothing is read or made before it is asked for. */
export function openSecrets({ folder, name = 'tale', env = process.env }: SecretsOptions): Secrets {
  const directory = join(folder, 'secrets');
  const prefix = `${name.toUpperCase().replaceAll('-', '_')}_SECRET_`;
  const variableOf = (secret: string) => prefix + secret.toUpperCase().replaceAll('-', '_');
  const fromEnv = (secret: string) => env[variableOf(secret)]?.trim() || null;
  const pathOf = (secret: string) => {
    if (secretName.test(secret) && secret.length <= 64) return join(directory, secret);
    throw new ConfigError('out-of-range', 'The name of a secret has lower-case letters, digits and "-".');
  };
  return {
    async read(secret) {
      const path = pathOf(secret);
      return fromEnv(secret) ?? ((await readConfigFile(path, 'secret'))?.text.trim() || null);
    },
    async write(secret, value) {
      const path = pathOf(secret);
      const kept = value.trim();
      if (kept === '' || kept.length > maximumCharacters || hasControl(kept))
        throw new ConfigError('out-of-range', `A secret is one line of 1 to ${maximumCharacters} characters.`);
      await ensureFolder(directory);
      await writePrivateFile(path, `${kept}\n`);
    },
    async remove(secret) {
      const path = pathOf(secret);
      try {
        await rm(path);
        return true;
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code;
        if (code === 'ENOENT' || code === 'ENOTDIR') return false;
        throw new ConfigError('not-writable', `Cannot delete ${path} (${code}).`, { cause, path });
      }
    },
    async list() {
      const files = await readdir(directory).catch(() => []);
      const given = Object.keys(env)
        .filter((variable) => variable.startsWith(prefix) && env[variable]?.trim())
        .map((variable) => variable.slice(prefix.length).toLowerCase().replaceAll('_', '-'));
      const names = [...new Set([...files, ...given])].filter((each) => secretName.test(each)).sort();
      return names.map((each) => ({ name: each, source: fromEnv(each) === null ? 'file' : 'env' }));
    },
  };
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) < 32) return true;
  return false;
}
