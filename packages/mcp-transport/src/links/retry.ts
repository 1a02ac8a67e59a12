import { sleep } from '../clock.js';
import type { McpTransportError } from '../errors.js';
import type { Clock } from '../types.js';
import { abortedBy, failureOf } from '../wire/failure.js';
import type { Link, Operation } from './link.js';
import { createRetryBudget, type RetryBudget } from './retry-budget.js';
import { delayMsOf, isRepeatable, phaseOf } from './retry-decision.js';

const maxAttempts = 4;

/** Sends again what may be sent again: at most 4 attempts within the deadline and the budget of the server. */
export function retry(clock: Clock, random: () => number): Link {
  const budget = createRetryBudget();
  return (next) => async (operation) => {
    const { server, method, signal } = operation;
    budget.call(clock.now());
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next({ ...operation, attempt });
      } catch (error) {
        const failure = failureOf(error, signal, { server, method, attempt });
        const delayMs = await delayBeforeNext(failure, { ...operation, attempt }, clock, random, budget);
        if (delayMs === null) throw failure;
        await sleep(clock, delayMs, signal).catch((reason) => {
          throw abortedBy(reason, { server, method, attempt });
        });
      }
    }
  };
}

/** How long to wait before the next attempt, or `null` when there is to be none. */
async function delayBeforeNext(
  failure: McpTransportError,
  operation: Operation,
  clock: Clock,
  random: () => number,
  budget: RetryBudget,
): Promise<number | null> {
  const { signal, attempt, deadlineAtMs } = operation;
  const phase = phaseOf(failure);
  if (signal.aborted || attempt >= maxAttempts || phase === 'final') return null;
  // nothing was sent: no verdict is needed, and the breaker alone decides how long to go on
  if (phase !== 'not-sent') {
    if (!isRepeatable(phase, await operation.verdict()) || !budget.take(clock.now())) return null;
  }
  const delayMs = delayMsOf(attempt, failure.retryAfterMs, random);
  return delayMs !== null && clock.now() + delayMs < deadlineAtMs ? delayMs : null;
}
