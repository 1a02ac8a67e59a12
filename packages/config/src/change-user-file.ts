import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ensureFolder } from './ensure-folder.js';
import { ConfigError } from './errors.js';
import { invalid, isInvalid } from './invalid.js';
import { isObject } from './layers.js';
import { type ConfigText, readConfigFile } from './read-config-file.js';
import { type FileLayer, parseLayerText } from './read-layer-file.js';
import type { JsonObject, JsonValue } from './types.js';
import { withFileLock } from './with-file-lock.js';
import { writePrivateFile } from './write-private-file.js';

/** A change of one key; `undefined` takes it out. */
export interface Change {
  readonly path: readonly string[];
  readonly value: JsonValue | undefined;
}

/**
 * Changes the user's file under its lock. `check` sees the layer as it will be and throws to refuse it. Resolves with the layer and
 * whether anything was written.
 */
export async function changeUserFile(
  file: string,
  change: Change,
  signal: AbortSignal | undefined,
  check: (user: FileLayer) => Promise<void>,
): Promise<{ readonly user: FileLayer; readonly isWritten: boolean }> {
  signal?.throwIfAborted();
  // A link is followed once, so that people may keep their files elsewhere.
  const existing = await realpath(file).catch(() => null);
  const target = existing ?? file;
  if (existing === null) {
    if (change.value === undefined) return { user: await parseLayerText('user', file, empty), isWritten: false };
    await ensureFolder(dirname(target));
  }
  return withFileLock(target, signal, async () => {
    const content = (await readConfigFile(target, 'private')) ?? empty;
    const user = await parseChanged(file, content, change);
    await check(user);
    if (user.source?.content.text === content.text) return { user, isWritten: false };
    // Editors do not take the lock.
    const meanwhile = (await readConfigFile(target, 'private')) ?? empty;
    if (meanwhile.text !== content.text) {
      throw new ConfigError('conflict', `${target} was changed meanwhile.`, { retryable: true, path: target });
    }
    signal?.throwIfAborted();
    const mark = content.hasByteOrderMark ? '\uFEFF' : '';
    await writePrivateFile(target, mark + (user.source?.content.text ?? ''));
    return { user, isWritten: true };
  });
}

const empty: ConfigText = { text: '', hasByteOrderMark: false };

async function parseChanged(file: string, content: ConfigText, { path, value }: Change): Promise<FileLayer> {
  const before = await parseLayerText('user', file, content);
  if (isInvalid(before.problems)) throw invalid(before.problems);
  const { setInText, unsetInText } = await import('./jsonc/edit.js');
  const tree = before.source?.document.tree ?? null;
  const text = value === undefined ? unsetInText(content.text, tree, path) : setInText(content.text, tree, path, value);
  const after = await parseLayerText('user', file, { ...content, text });
  if (!after.source || !isDeepStrictEqual(after.layer.value, changed(before.layer.value, path, value))) {
    throw new ConfigError('conflict', `${file} cannot be changed without changing more; edit it by hand.`, {
      path: file,
    });
  }
  return after;
}

/** The value that the new text must have. */
function changed(object: JsonObject, path: readonly string[], value: JsonValue | undefined): JsonObject {
  const [name, ...rest] = path as [string, ...string[]];
  const result: Record<string, JsonValue> = Object.assign(Object.create(null), object);
  const below = object[name];
  if (rest.length > 0) {
    if (value !== undefined || isObject(below)) {
      result[name] = changed(isObject(below) ? below : Object.create(null), rest, value);
    }
  } else if (value === undefined) delete result[name];
  else result[name] = value;
  return result;
}
