import type { ModelStatus } from '../status.js';
import type { ModelRuntime } from './runtime.js';

/** A model for people and for whoever chooses models. */
export function describeModel(runtime: ModelRuntime, needBytes: number | null, nowMs: number): ModelStatus {
  const { configured, facts, state, isPinned, loaded, inStateMs, heldBackBy } = runtime;
  const { name, roles, backend, profile } = configured;
  const { loads, rates, firstTokens, canary, drift, files, rest, absence } = facts;
  return {
    id: name,
    name,
    roles,
    backend,
    model: profile.model,
    digest: runtime.digest,
    contextTokens: runtime.contextTokens,
    maxOutputTokens: profile.maxOutputTokens,
    countsTokens: runtime.backend.countsTokens?.() ?? false,
    ready: state === 'resident',
    resident: isPinned ? 'always' : 'on-demand',
    state,
    sinceMs: Math.round(inStateMs),
    memoryBytes: loaded?.bytes ?? null,
    needBytes,
    loadMs: loads.quantile(0.5),
    loadP95Ms: loads.quantile(0.95),
    tokensPerSecond: rates.decode,
    prefillTokensPerSecond: rates.prefill,
    firstTokenMs: firstTokens.medianMs,
    health: state === 'resident' ? facts.health : 'unknown',
    lastCanary: canary.last,
    drift: {
      adoptedContextTokens: drift.adoptedTokens,
      staleDigest: files.staleDigest,
      tooSlowFor: facts.slowness(roles).map(({ role }) => role),
    },
    heldBackBy: state === 'resident' ? null : heldBackBy,
    residencyLostMs: Math.round(absence.totalMs(nowMs)),
    error: state === 'failed' ? (rest.error?.message ?? null) : null,
  };
}
