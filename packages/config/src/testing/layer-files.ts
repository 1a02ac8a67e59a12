import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Folders } from '../types.js';

/** Texts of the files, each left out if there is none. */
export interface LayerTexts {
  /** Machine-wide. */
  readonly system?: string | Uint8Array;
  /** The user's own. */
  readonly user?: string | Uint8Array;
  /** In the project's folder. */
  readonly project?: string | Uint8Array;
}

/** Real files of a configuration in a folder of their own. */
export interface LayerFiles extends AsyncDisposable {
  /** For `openConfig({ folders })`. */
  readonly folders: Required<Folders>;
  /** For `openConfig({ project })`. */
  readonly project: string;
  /** Path of each file, whether it is there or not. */
  readonly files: {
    /** Machine-wide. */
    readonly system: string;
    /** The user's own. */
    readonly user: string;
    /** In the project's folder. */
    readonly project: string;
  };
}

/**
 * Writes configuration files into a new temporary folder, which goes away with `await using`.
 *
 * @param texts what to write
 * @param name name of the program, as given to `openConfig`
 */
export async function layerFiles(texts: LayerTexts = {}, name = 'tale'): Promise<LayerFiles> {
  const root = await mkdtemp(join(tmpdir(), 'tale-config-'));
  const folders = {
    config: join(root, 'config'),
    data: join(root, 'data'),
    state: join(root, 'state'),
    cache: join(root, 'cache'),
    system: join(root, 'system'),
  };
  const project = join(root, 'project');
  const files = {
    system: join(folders.system, 'config.jsonc'),
    user: join(folders.config, 'config.jsonc'),
    project: join(project, `.${name}`, 'config.jsonc'),
  };
  for (const layer of ['system', 'user', 'project'] as const) {
    const text = texts[layer];
    if (text === undefined) continue;
    await mkdir(dirname(files[layer]), { recursive: true, mode: 0o700 });
    await writeFile(files[layer], text, { mode: 0o600 });
    await chmod(files[layer], 0o600);
  }
  return {
    folders,
    project,
    files,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}
