import { runAttempt } from '../calls/attempt.js';
import { poolError } from '../calls/call-error.js';
import { type CheckedRequest, checkEmbedRequest, checkRequest } from '../calls/checked-request.js';
import type { PoolParts } from '../calls/pool-parts.js';
import { Stop } from '../calls/stop.js';
import { ModelPoolError } from '../errors.js';
import type { ModelRuntime } from '../residency/runtime.js';
import { formatKeepAlive, type Profile } from '../roles/profile.js';
import type { CanaryResult } from '../status.js';

/** Failures that say nothing about the model. */
const irrelevant: ReadonlySet<string> = new Set(['aborted', 'refused', 'overloaded', 'configuration']);

/** Asks a model in memory for one token, as a call of the lane `background` that the gate counts. `null` = it was not asked. */
export async function askCanary(
  parts: PoolParts,
  runtime: ModelRuntime,
  signal: AbortSignal,
): Promise<CanaryResult | null> {
  const { clock, monitors, emit } = parts;
  const atMs = Math.round(clock.now());
  const startedMs = clock.monotonicMs();
  const stop = new Stop();
  const request = canaryRequest(runtime, parts);
  const recordAgain = parts.decisions.leaveOut(request.requestId);
  const onAbort = () => stop.now(poolError('aborted', 'the question gave way', { cause: signal.reason }));
  signal.addEventListener('abort', onAbort, { once: true });
  let hasBegun = false;
  try {
    const { error } = await runAttempt({
      parts,
      request,
      runtime,
      attempt: 1,
      promptTokens: 1,
      fallbackFrom: null,
      stop,
      send: emit,
      room: () => undefined,
      onPhase: (phase) => {
        hasBegun = phase === 'prefill' || phase === 'decode';
      },
      probe: canaryProfile(runtime),
    });
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    if (error === null) {
      monitors.get(runtime.backend.name)?.succeeded();
      return { atMs, durationMs, error: null };
    }
    if (irrelevant.has(error.code)) {
      if (hasBegun) runtime.left();
      return null;
    }
    runtime.doubt(error.code);
    return { atMs, durationMs, error: error.code };
  } catch (error) {
    if (signal.aborted || ModelPoolError.isInstance(error)) return null; // it never got its place
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    recordAgain();
  }
}

function canaryRequest({ configured }: ModelRuntime, { createId }: PoolParts): CheckedRequest {
  const labels = { purpose: 'canary' } as const;
  if (configured.profile.isEmbedder)
    return { ...checkEmbedRequest({ input: ['ping'], labels }, createId), lane: 'background' };
  const role = configured.roles.find((name) => name !== 'embed') ?? 'planning';
  const messages = [{ role: 'user', content: 'ping' } as const];
  return { ...checkRequest({ role, messages, maxOutputTokens: 1, labels }, createId), lane: 'background' };
}

/** The options of every other call; a model that is not kept leaves when it would have left without the question. */
function canaryProfile({ profile, isPinned, configured, idleMs }: ModelRuntime): Profile {
  const keepAlive = isPinned ? profile.keepAlive : formatKeepAlive(Math.max(1_000, configured.lingerMs - idleMs));
  return { ...profile, keepAlive, think: false };
}
