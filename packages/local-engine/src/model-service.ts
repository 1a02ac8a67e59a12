import type { Catalog } from './catalog/catalog.js';
import { findInstalled } from './find-installed.js';
import type { ModelRunner, RunnerStatus } from './runner/model-runner.js';
import type { ModelRunners } from './runner/model-runners.js';
import type { Manifest } from './store/manifests.js';
import type { ModelStore } from './store/model-store.js';

/** Installed models by name, and their runners. */
export interface ModelService {
  /** The model that a name or alias stands for. @throws {@link LocalEngineError} `invalid-request`, `model-not-found` */
  find(name: string): Promise<Manifest>;
  list(): Promise<Manifest[]>;
  running(): { manifest: Manifest; status: RunnerStatus }[];
  runner(manifest: Manifest): ModelRunner;
  /** What a model can do: as the catalogue says of this very file, else as its manifest does. */
  capabilities(manifest: Manifest): readonly string[];
  /** Unloads and removes a model. */
  remove(name: string): Promise<void>;
  /** The context that a call gets which asks for `wanted` tokens. */
  contextTokens(manifest: Manifest, wanted: number | null): number;
}

/** See {@link ModelService}. */
export function createModelService(options: {
  readonly store: ModelStore;
  readonly catalog: Catalog;
  readonly runners: ModelRunners;
  readonly contextTokens: number;
}): ModelService {
  const { store, catalog, runners } = options;
  const find = (name: string) => findInstalled(name, store.manifests, catalog);
  return {
    find,
    list: () => store.manifests.list(),
    running: () => runners.list(),
    runner: (manifest) => runners.of(manifest),
    capabilities({ name, digest, capabilities }) {
      const entry = catalog.find(name);
      return entry?.sha256 === digest ? entry.capabilities : capabilities;
    },
    async remove(name) {
      const manifest = await find(name);
      await runners.drop(manifest.name);
      await store.remove(manifest);
      await runners.drop(manifest.name); // a call that came in between has begun to load it again
    },
    contextTokens: (manifest, wanted) => Math.min(wanted ?? options.contextTokens, manifest.gguf.contextTokens),
  };
}
