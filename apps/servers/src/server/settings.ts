import { type Settings, settingsSchema } from '@tale/protocol';

/** What the supervisor hands to each server: the configuration, read once for all, and where the data is. */
export interface ServerContext {
  readonly settings: Settings;
  readonly dataFolder: string;
  /** Where secrets are; `null` for a server that needs none. */
  readonly configFolder: string | null;
}

/** Reads what the supervisor put into the environment. */
export function readServerContext(env: NodeJS.ProcessEnv = process.env): ServerContext {
  const { TALE_SETTINGS: settings = '{}', TALE_DATA_FOLDER: dataFolder, TALE_CONFIG_FOLDER: configFolder = null } = env;
  if (dataFolder === undefined)
    throw new Error('TALE_DATA_FOLDER is not set; start the servers with: tale servers start');
  return { settings: settingsSchema.parse(JSON.parse(settings)), dataFolder, configFolder };
}
