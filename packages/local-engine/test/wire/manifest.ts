import type { RunnerStatus } from '../../src/runner/model-runner.js';
import type { Manifest } from '../../src/store/manifests.js';
import type { Digest } from '../../src/store/places.js';

const noonMs = Date.UTC(2026, 10, 30, 12);

/** An installed model. */
export function manifestOf(facts: Partial<Manifest> = {}): Manifest {
  return {
    ...{ format: 'tale.model/1', name: 'qwen:0.5b', digest: 'a'.repeat(64) as Digest, bytes: 491_400_032 },
    ...{ installedAtMs: noonMs, source: 'huggingface', license: 'Apache-2.0', capabilities: ['completion'] },
    gguf: {
      ...{ architecture: 'qwen2', parameters: '494.03M', quantization: 'Q4_K_M', blocks: 24, kvHeads: 2, headDim: 64 },
      ...{ embedding: 896, vocabulary: 151_936, contextTokens: 32_768, template: '{{ messages }}' },
      metadata: { 'general.architecture': 'qwen2' },
    },
    ...facts,
  };
}

/** A loaded model that will be unloaded in five minutes. */
export function statusOf(facts: Partial<RunnerStatus> = {}): RunnerStatus {
  return {
    ...{ state: 'ready', progress: 1, isIdle: true, contextTokens: 4_096, residentBytes: 700_000_000, vramBytes: 0 },
    ...{ keepAliveMs: 300_000, lastUsedAtMs: noonMs, expiresAtMs: noonMs + 300_000 },
    ...facts,
  };
}
