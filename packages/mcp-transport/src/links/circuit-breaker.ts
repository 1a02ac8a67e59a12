import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBreaker,
  SamplingBreaker,
} from 'cockatiel';
import { abortable } from '../abort.js';
import { McpTransportError } from '../errors.js';
import type { Clock } from '../types.js';
import { abortedBy } from '../wire/failure.js';
import type { Link } from './link.js';

/** When a server is left alone. */
export interface BreakerOptions {
  /** Failures in a row that open the breaker. @defaultValue `5` */
  readonly failures?: number;
  /** First wait until the probe, ms; doubles up to six times its length. @defaultValue `10_000` */
  readonly cooldownMs?: number;
}

/** Whether a failure says that the server itself is in trouble. */
export function isServerFailure(error: unknown): boolean {
  if (!McpTransportError.isInstance(error)) return false;
  if (error.code === 'connect' || error.code === 'timeout' || error.code === 'stream-lost') return true;
  return error.status !== null && error.status >= 500;
}

/**
 * Fails at once while a server is in trouble: after `failures` in a row, or when half of at least 20 calls in 10 s failed.
 * After the cooldown one `probe` (never a user's call) decides whether it closes again; whoever calls meanwhile waits for it.
 */
export function breaker(clock: Pick<Clock, 'now'>, probe: () => Promise<unknown>, options: BreakerOptions = {}): Link {
  const { failures = 5, cooldownMs = 10_000 } = options;
  const policy = circuitBreaker(handleWhen(isServerFailure), {
    breaker: eitherBreaker(
      new ConsecutiveBreaker(failures),
      new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }),
    ),
    halfOpenAfter: Number.NEGATIVE_INFINITY, // the library knows the system's time only: the cooldown is kept here
  });
  let probing: Promise<boolean> | undefined;
  const isWell = () => {
    probing ??= policy
      .execute(probe)
      .then(
        () => true,
        (error) => !isServerFailure(error),
      )
      .finally(() => {
        probing = undefined;
      });
    return probing;
  };
  let breaksInARow = 0;
  let openUntilMs = 0;
  policy.onBreak(() => {
    openUntilMs = clock.now() + cooldownMs * Math.min(6, 2 ** breaksInARow);
    breaksInARow += 1;
  });
  policy.onReset(() => {
    breaksInARow = 0;
  });
  return (next) => async (operation) => {
    const { server, method, attempt, signal } = operation;
    const facts = { server, method, attempt };
    const open = () =>
      new McpTransportError('breaker-open', `${server} failed too often and is left alone for a while`, {
        ...facts,
        retryable: true,
        retryAfterMs: Math.max(0, openUntilMs - clock.now()),
      });
    const isClosed = () => policy.state === CircuitState.Closed;
    if (policy.state === CircuitState.Open && clock.now() < openUntilMs) throw open();
    if (!isClosed()) {
      const well = await abortable(isWell(), signal).catch((reason) => {
        throw abortedBy(reason, facts);
      });
      // Others may have failed since the probe, and this call must not become the next one.
      if (!well || !isClosed()) throw open();
    }
    return policy.execute(() => next(operation));
  };
}

/** Opens as soon as one of two breakers would. */
function eitherBreaker(one: IBreaker, other: IBreaker): IBreaker {
  return {
    state: undefined,
    success(state) {
      one.success(state);
      other.success(state);
    },
    failure(state) {
      const verdicts = [one.failure(state), other.failure(state)];
      return verdicts.includes(true);
    },
  };
}
