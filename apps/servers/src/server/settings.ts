import { type Settings, settingsSchema } from '@tale/protocol';

/** What the supervisor hands to each server: the configuration, read once for all, and where the data is. */
export interface ServerContext {
  readonly settings: Settings;
  readonly dataFolder: string;
}

/** Reads what the supervisor put into the environment. */
export function readServerContext(env: NodeJS.ProcessEnv = process.env): ServerContext {
  const { TALE_SETTINGS: settings = '{}', TALE_DATA_FOLDER: dataFolder } = env;
  if (dataFolder === undefined)
    throw new Error('TALE_DATA_FOLDER is not set; start the servers with: tale servers start');
  return { settings: settingsSchema.parse(JSON.parse(settings)), dataFolder };
}
