import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import {
  type ChangeReport,
  type Config,
  ConfigError,
  type ConfigErrorCode,
  type Explanation,
  ensureFolder,
  type Folders,
  openConfig,
  resolveFolders,
  writePrivateFile,
} from '../src/index.js';

const folders = resolveFolders({ env: { TALE_HOME: '/t' }, platform: 'linux' });
expectTypeOf(folders).toEqualTypeOf<Folders>();
expectTypeOf(ensureFolder).toEqualTypeOf<(path: string) => Promise<void>>();
expectTypeOf(writePrivateFile).toEqualTypeOf<(path: string, text: string) => Promise<void>>();

const classicSchema = z.object({ port: z.number().default(1), list: z.array(z.object({ a: z.string() })) });
const config = await openConfig({ schema: classicSchema, name: 'tale', folders, project: '/p', env: {}, flags: {} });
expectTypeOf(config).toEqualTypeOf<Config<{ port: number; list: { a: string }[] }>>();
expectTypeOf(config.values).toEqualTypeOf<{
  readonly port: number;
  readonly list: readonly { readonly a: string }[];
}>();
expectTypeOf(config.explain).toEqualTypeOf<(key: string) => Explanation>();
expectTypeOf(config.set('port', 1)).toEqualTypeOf<Promise<ChangeReport>>();
expectTypeOf(config.unset('port')).toEqualTypeOf<Promise<ChangeReport>>();

const miniSchema = mini.object({ port: mini._default(mini.number(), 1) });
const small = await openConfig({ schema: miniSchema, name: 'tale', folders });
expectTypeOf(small.values.port).toEqualTypeOf<number>();

expectTypeOf(new ConfigError('closed', '').code).toEqualTypeOf<ConfigErrorCode>();
// @ts-expect-error the list of codes is closed
new ConfigError('other', '');
