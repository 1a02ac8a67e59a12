import type { ModelStatus, PoolStatus } from '@tale/model-pool';

/** A small model in memory, as the models server shows it. */
export function modelStatus(changes: Partial<ModelStatus> = {}): ModelStatus {
  return {
    ...{ id: 'tiny', name: 'tiny', model: 'tiny:1b', roles: ['ux'], backend: 'local', digest: 'a'.repeat(64) },
    ...{ state: 'resident', sinceMs: 61_000, ready: true, resident: 'always', contextTokens: 4_096 },
    ...{
      maxOutputTokens: 1_024,
      countsTokens: true,
      memoryBytes: 2e8,
      needBytes: 2.1e8,
      loadMs: 900,
      loadP95Ms: 1_200,
    },
    ...{ tokensPerSecond: 31.44, prefillTokensPerSecond: 120.5, firstTokenMs: 80, health: 'ok', lastCanary: null },
    drift: { adoptedContextTokens: null, staleDigest: null, tooSlowFor: [] },
    ...{ heldBackBy: null, residencyLostMs: 125_000, error: null },
    ...changes,
  };
}

/** A pool of that model and a large one that is not in memory. */
export function poolStatus(changes: Partial<PoolStatus> = {}): PoolStatus {
  const large = { id: 'large', name: 'large', model: 'large:7b', roles: ['planning'] } as const;
  return {
    mode: 'together',
    residency: { fits: true, reason: 'both fit: 5.0 of 8.0 GB', standIn: null, changes: [] },
    models: [modelStatus(), modelStatus({ ...large, state: 'absent', resident: 'on-demand', memoryBytes: null })],
    backends: [
      {
        ...{ name: 'local', kind: 'ollama', url: 'http://127.0.0.1:11435', state: 'up', error: null, openForMs: 0 },
        ...{ residency: 'managed', isLocal: true, warnings: [], version: '0.32.15', engine: 'tale-local-engine' },
        installed: [installed('tiny:1b', 144e6), { ...installed('other', 9e9), capabilities: ['completion', 'tools'] }],
      },
    ],
    lanes: [],
    memory: { budgetBytes: 8e9, source: 'cpu', heldBytes: 2e8, strangers: [], isExceeded: false },
    ...changes,
  };
}

function installed(model: string, bytes: number) {
  return { model, digest: null, bytes, capabilities: ['completion'], kvBytesPerToken: null, contextTokens: 4_096 };
}
