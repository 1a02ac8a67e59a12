import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { isModelName } from '../catalog/model-name.js';
import { asDigest, type Digest, type Places } from './places.js';

const manifestSchema = z.object({
  format: z.literal('tale.model/1'),
  name: z.string().check(z.refine(isModelName)),
  digest: z.pipe(
    z.string().check(z.refine((text) => asDigest(text) !== null)),
    z.transform((text) => text as Digest),
  ),
  bytes: z.int(),
  installedAtMs: z.int(),
  source: z.string(),
  license: z.nullable(z.string()),
  capabilities: z.array(z.string()),
  gguf: z.object({
    architecture: z.string(),
    parameters: z.string(),
    quantization: z.string(),
    blocks: z.number(),
    kvHeads: z.number(),
    headDim: z.number(),
    embedding: z.number(),
    vocabulary: z.number(),
    contextTokens: z.number(),
    template: z.nullable(z.string()),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
});

/** An installed model: a name for a blob. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Reads and writes manifests. What is no valid manifest does not exist. */
export interface Manifests {
  list(): Promise<Manifest[]>;
  read(name: string): Promise<Manifest | null>;
  write(manifest: Manifest): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes what a process left that died while it wrote. */
  sweep(): Promise<void>;
}

const unfinished = '.new';

/** Manifests as files `<name>/<tag>.json`. */
export function createManifests(places: Places): Manifests {
  const pathOf = (name: string) => {
    if (!isModelName(name)) throw new TypeError(`"${name}" is no name of a model`); // it becomes a path
    const [model = '', tag = ''] = name.split(':');
    return { folder: join(places.manifests, model), file: join(places.manifests, model, `${tag}.json`) };
  };
  const read = async (name: string) => {
    if (!isModelName(name)) return null;
    try {
      const parsed = manifestSchema.safeParse(JSON.parse(await readFile(pathOf(name).file, 'utf8')));
      return parsed.success && parsed.data.name === name ? parsed.data : null;
    } catch {
      return null;
    }
  };
  return {
    read,
    async list() {
      const found: Manifest[] = [];
      for (const model of await readdir(places.manifests).catch(() => [])) {
        for (const file of await readdir(join(places.manifests, model)).catch(() => [])) {
          const manifest = file.endsWith('.json') ? await read(`${model}:${file.slice(0, -5)}`) : null;
          if (manifest) found.push(manifest);
        }
      }
      return found.sort((a, b) => b.installedAtMs - a.installedAtMs || a.name.localeCompare(b.name));
    },
    async write(manifest) {
      const { folder, file } = pathOf(manifest.name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = `${file}${unfinished}`;
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify(manifest));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    },
    async remove(name) {
      await rm(pathOf(name).file, { force: true });
    },
    async sweep() {
      for (const model of await readdir(places.manifests).catch(() => [])) {
        for (const file of await readdir(join(places.manifests, model)).catch(() => [])) {
          if (file.endsWith(unfinished)) await rm(join(places.manifests, model, file), { force: true });
        }
      }
    },
  };
}
