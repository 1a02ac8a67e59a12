import { join } from 'node:path';
import type { $ZodType } from 'zod/v4/core';
import { copyJson } from './copy-json.js';
import { readEnvironment } from './read-environment.js';
import { type FileLayer, readLayerFile } from './read-layer-file.js';
import type { ReadLayer } from './snapshot.js';
import type { ConfigOptions, JsonObject } from './types.js';

/** Name of the file in each folder. */
export const fileName = 'config.jsonc';

/** What {@link readLayers} reads. */
export interface ReadLayers {
  /** Weaker than the user's file. */
  readonly weaker: readonly ReadLayer[];
  readonly user: FileLayer;
  /** Stronger than the user's file. */
  readonly stronger: readonly ReadLayer[];
}

/** Reads every layer; problems are collected, not thrown. */
export async function readLayers(options: ConfigOptions<$ZodType>): Promise<ReadLayers> {
  const { schema, name, folders, project, env = process.env, flags = {} } = options;
  const [system, user, shared] = await Promise.all([
    folders.system === undefined ? [] : readLayerFile('system', join(folders.system, fileName)),
    readLayerFile('user', join(folders.config, fileName)),
    project === undefined ? [] : readLayerFile('project', join(project, `.${name}`, fileName)),
  ]);
  return {
    weaker: [system].flat(),
    user,
    stronger: [...[shared].flat(), readEnvironment(schema, name, env), readFlags(flags)],
  };
}

function readFlags(flags: JsonObject): ReadLayer {
  const copied = copyJson(flags);
  const layer = { layer: 'flag', file: null, places: new Map(), ignored: [] } as const;
  if ('value' in copied) return { layer: { ...layer, value: copied.value as JsonObject }, problems: [] };
  const { key, message } = copied.problem;
  const nowhere = { file: null, line: null, column: null, variable: null, suggestion: null };
  const value: JsonObject = Object.create(null);
  return {
    layer: { ...layer, value },
    problems: [
      { code: 'syntax', key, layer: 'flag', message: key === null ? message : `"${key}": ${message}`, ...nowhere },
    ],
  };
}
