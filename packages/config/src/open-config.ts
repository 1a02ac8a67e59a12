import { join } from 'node:path';
import type { $ZodType, output } from 'zod/v4/core';
import { changeUserFile } from './change-user-file.js';
import { copyJson } from './copy-json.js';
import { ConfigError } from './errors.js';
import { explainKey } from './explain.js';
import { invalid, isInvalid } from './invalid.js';
import { formatKey, type KeyPath, parseKey } from './key.js';
import { layersWith } from './layers.js';
import type { FileLayer } from './read-layer-file.js';
import { fileName, readLayers } from './read-layers.js';
import { isKnownKey } from './schema/find-key.js';
import { listKeys } from './schema/list-keys.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';
import { suggest } from './suggest.js';
import type { ChangeOptions, ChangeReport, Config, ConfigOptions, DeepReadonly, JsonValue, Problem } from './types.js';

/**
 * Reads and checks all layers: default, system, user, project, environment, flags, each stronger than the one before. Nothing is
 * made or written.
 *
 * @throws {@link ConfigError} with every problem found: `syntax`, `duplicate-key`, `unknown-key`, `wrong-type`, `out-of-range`,
 * `unsafe-file`
 */
export async function openConfig<Schema extends $ZodType>(
  options: ConfigOptions<Schema>,
): Promise<Config<output<Schema>>> {
  options.signal?.throwIfAborted();
  const { schema, name, folders } = options;
  const file = join(folders.config, fileName);
  const read = await readLayers(options);
  let user = read.user;
  let snapshot = await takeSnapshot(schema, [...read.weaker, user, ...read.stronger]);
  options.signal?.throwIfAborted();
  let revision = 1;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  const knownPath = (key: string): KeyPath => {
    if (isClosed) throw new ConfigError('closed', 'The configuration is closed.');
    const path = parseKey(key);
    if (path && isKnownKey(schema, path)) return path;
    throw unknownKeyError(schema, name, key);
  };

  async function change(path: KeyPath, value: JsonValue | undefined, options: ChangeOptions): Promise<ChangeReport> {
    const key = formatKey(path);
    const names = path.map(String);
    let next: Snapshot = snapshot;
    const check = async (changed: FileLayer) => {
      next = await takeSnapshot(schema, [...read.weaker, changed, ...read.stronger]);
      await refuseHidden(changed, key);
    };
    const done = await changeUserFile(file, { path: names, value }, options.signal, check);
    if (!done.isWritten) return { revision, written: file, changes: [] };
    user = done.user;
    snapshot = next;
    revision++;
    const stronger = snapshot.layers.slice(snapshot.layers.findIndex(({ layer }) => layer === 'user') + 1);
    const hiddenBy = layersWith(stronger, path)[0]?.layer ?? null;
    return { revision, written: file, changes: [{ key, hiddenBy }] };
  }

  /** A wrong value must not go into the file only because a stronger layer hides it for now. */
  async function refuseHidden(changed: FileLayer, key: string): Promise<void> {
    try {
      await takeSnapshot(schema, [...read.weaker, changed]);
    } catch (error) {
      if (!ConfigError.isInstance(error)) throw error;
      const own = error.problems.filter((problem) => concerns(problem, key));
      if (isInvalid(own)) throw invalid(own);
    }
  }

  /** One change at a time, in the order of the calls. */
  function enqueue(key: string, value: JsonValue | undefined, options: ChangeOptions): Promise<ChangeReport> {
    const path = knownPath(key);
    const result = last.then(() => change(path, value, options));
    last = result.catch(() => {});
    return result;
  }

  const close = async () => {
    isClosed = true;
    await last;
  };
  return {
    get revision() {
      return revision;
    },
    get values() {
      return snapshot.values as DeepReadonly<output<Schema>>;
    },
    get problems() {
      return snapshot.warnings;
    },
    explain: (key) => explainKey(snapshot, knownPath(key)),
    async set(key, value, options = {}) {
      const copied = copyJson(value);
      if ('problem' in copied) {
        throw new ConfigError('wrong-type', `The value of "${key}" is not allowed: ${copied.problem.message}.`);
      }
      return enqueue(key, copied.value ?? undefined, options);
    },
    unset: async (key, options = {}) => enqueue(key, undefined, options),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function concerns(problem: Problem, key: string): boolean {
  return problem.key === null || problem.key === key || problem.key.startsWith(key) || key.startsWith(problem.key);
}

function unknownKeyError(schema: $ZodType, name: string, key: string): ConfigError {
  const keys = listKeys(schema, name).map(({ path }) => formatKey(path));
  const suggestion = suggest(key, keys);
  const meant = suggestion === null ? '' : ` Did you mean "${suggestion}"?`;
  const nowhere = { file: null, line: null, column: null, variable: null };
  const message = `unknown key "${key}"`;
  return new ConfigError('unknown-key', `Unknown key "${key}".${meant}`, {
    problems: [{ code: 'unknown-key', key, layer: 'user', ...nowhere, message, suggestion }],
  });
}
