import type { RemotePool } from '@tale/model-pool/remote';
import { type ResidencyFacts, residencyFacts } from '../models/residency-facts.js';

const freshMs = 1_000;
const patienceMs = 500;

/**
 * What the models server says about its models, for the health of a server that uses them; at most a second old. `null` where it does not
 * say so in time: the health of this server does not wait for another one.
 */
export function remoteResidency(
  pool: Pick<RemotePool, 'status'>,
  now: () => number,
): () => Promise<{ readonly residency: ResidencyFacts | null }> {
  let asked: { atMs: number; answer: Promise<ResidencyFacts | null> } | null = null;
  return async () => {
    if (asked === null || now() - asked.atMs >= freshMs) {
      const answer = pool.status({ signal: AbortSignal.timeout(patienceMs) }).then(residencyFacts, () => null);
      asked = { atMs: now(), answer };
    }
    return { residency: await asked.answer };
  };
}
