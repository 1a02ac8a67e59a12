import { openConfig } from '@tale/config';
import { settingsSchema } from '@tale/protocol';
import type { CommandContext } from '../context.js';

/**
 * Reads the configuration as a start would.
 *
 * @throws `ConfigError` for what a start would refuse
 */
export async function checkConfig({ env, folders }: Pick<CommandContext, 'env' | 'folders'>): Promise<void> {
  await using _config = await openConfig({ schema: settingsSchema, name: 'tale', folders, env });
}
