export { ensureFolder } from './ensure-folder.js';
export { ConfigError, type ConfigErrorCode, type ConfigErrorOptions } from './errors.js';
export { openConfig } from './open-config.js';
export { type FolderOptions, resolveFolders } from './resolve-folders.js';
export { type KnownSecret, openSecrets, type Secrets, type SecretsOptions } from './secrets.js';
export type {
  ChangeOptions,
  ChangeReport,
  Config,
  ConfigOptions,
  DeepReadonly,
  Explanation,
  Folders,
  HiddenValue,
  IgnoredValue,
  JsonObject,
  JsonValue,
  KeyMeta,
  Layer,
  Problem,
} from './types.js';
export { writePrivateFile } from './write-private-file.js';
