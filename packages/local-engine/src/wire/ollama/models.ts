import { estimateBase } from '../../memory/estimate.js';
import type { RunnerStatus } from '../../runner/model-runner.js';
import type { Manifest } from '../../store/manifests.js';

const foreverMs = Date.UTC(2318, 0, 1); // where Ollama's "for ever" ends up

/** `details` of a model. */
export function modelDetails({ gguf }: Manifest): object {
  return {
    parent_model: '',
    format: 'gguf',
    family: gguf.architecture,
    families: [gguf.architecture],
    parameter_size: gguf.parameters,
    quantization_level: gguf.quantization,
  };
}

/** A model in `/api/tags`. */
export function tagLine(manifest: Manifest, capabilities: readonly string[]): object {
  return {
    name: manifest.name,
    model: manifest.name,
    modified_at: new Date(manifest.installedAtMs).toISOString(),
    size: manifest.bytes,
    digest: manifest.digest,
    details: modelDetails(manifest),
    capabilities,
  };
}

/** A model in `/api/ps`. `size` is what its process holds, and what it has on GPUs. */
export function runningLine(manifest: Manifest, status: RunnerStatus): object {
  return {
    name: manifest.name,
    model: manifest.name,
    size: status.residentBytes + status.vramBytes,
    size_vram: status.vramBytes,
    digest: manifest.digest,
    details: modelDetails(manifest),
    expires_at: new Date(Math.min(status.expiresAtMs, foreverMs)).toISOString(),
    context_length: status.contextTokens,
  };
}

/** Answer of `/api/show`. `base_bytes` is what its process will hold beside keys and values. */
export function showAnswer(manifest: Manifest, capabilities: readonly string[]): object {
  return {
    license: manifest.license ?? '',
    modelfile: '',
    parameters: '',
    template: manifest.gguf.template ?? '',
    details: modelDetails(manifest),
    model_info: manifest.gguf.metadata,
    capabilities,
    base_bytes: estimateBase({ bytes: manifest.bytes, ...manifest.gguf }),
    modified_at: new Date(manifest.installedAtMs).toISOString(),
  };
}
