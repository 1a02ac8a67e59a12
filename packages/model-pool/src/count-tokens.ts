import { poolError } from './calls/call-error.js';
import type { PoolParts } from './calls/pool-parts.js';
import type { ModelRuntime } from './residency/runtime.js';
import { resolveRole } from './roles/role-name.js';
import type { CountRequest } from './types.js';
import { limitTime } from './waiting/limit-time.js';
import { waitFor } from './waiting/wait-for.js';

/** Longest wait for a count, ms. */
const countMs = 2_000;

type CountParts = Pick<PoolParts, 'runtimes' | 'monitors' | 'candidates' | 'clock' | 'logger' | 'closing'>;

/**
 * Counts a prompt where that costs nobody anything: no lane, no load, no second try. `null` = nobody counts it now.
 *
 * @throws ModelPoolError `rejected` for a bad request, `aborted` once the signal is
 */
export async function countTokens(
  parts: CountParts,
  request: CountRequest,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  checkCount(request);
  const runtime = findCounter(parts, request);
  const { backend } = runtime ?? {};
  if (runtime === null || backend?.countTokens === undefined) return null;
  const { messages, tools = [] } = request;
  const { clock, closing, logger } = parts;
  const ends = signal === undefined ? closing : AbortSignal.any([signal, closing]);
  const late = poolError('backend-down', `${backend.name} did not count within ${countMs} ms`);
  const ask = async (limited: AbortSignal) =>
    backend.countTokens?.({ profile: runtime.profile, messages, tools, signal: limited }) ?? null;
  try {
    const tokens = await limitTime(clock, countMs, late, ends, (limited) => waitFor(ask(limited), limited));
    return Number.isSafeInteger(tokens) && Number(tokens) > 0 ? tokens : null;
  } catch (error) {
    if (signal?.aborted) throw poolError('aborted', 'the caller ended it', { cause: signal.reason });
    logger.debug({ error, backend: backend.name, model: runtime.name }, 'a prompt was not counted');
    return null;
  }
}

function checkCount({ role, model, messages }: CountRequest): void {
  if ((role === undefined) === (model === undefined)) throw poolError('rejected', 'give either a role or a model');
  if (messages.length === 0) throw poolError('rejected', 'messages must not be empty');
}

/** A model in memory whose server counts and is not kept alone at the moment. */
function findCounter(parts: CountParts, request: CountRequest): ModelRuntime | null {
  const counts = ({ state, backend }: ModelRuntime) => {
    const monitor = parts.monitors.get(backend.name);
    const isThere = state === 'resident' && monitor?.isUp === true && !monitor.isOpen && monitor.pausedMs === 0;
    return isThere && backend.countsTokens?.() === true;
  };
  return asked(parts, request).find(counts) ?? null;
}

function asked({ runtimes, candidates }: CountParts, { role: name, model }: CountRequest): readonly ModelRuntime[] {
  const all = [...runtimes.values()];
  if (name === undefined)
    return all.filter((runtime) => runtime.name === model || runtime.configured.profile.model === model);
  const role = resolveRole(name);
  return role === undefined ? [] : candidates(role).flatMap((candidate) => runtimes.get(candidate) ?? []);
}
