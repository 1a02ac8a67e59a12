/** The value that `share` of the values do not exceed. */
export function at(values, share) {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
}

/** Numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Rounds that the first arm, the peer, took longer for than this, as a share of its quickest one, measure the machine. */
const calmShare = 1.5;

/**
 * Samples of all arms, call by call in turn: nobody is always the one after a certain other. Returns how to read them:
 * `(arm, part, share)` is the median of that share of each round, over the calm rounds. Which rounds are calm is decided by the
 * peer alone; the calmest third of all rounds counts in any case. `facts` are for the figures.
 */
export async function sampleInTurn(arms, { rounds, calls, warmUp }) {
  const taken = [];
  for (let call = 0; call < warmUp; call++) for (const arm of arms) await arm();
  for (let round = 0; round < rounds; round++) {
    const samples = arms.map(() => []);
    for (let call = 0; call < calls; call++)
      for (let turn = 0; turn < arms.length; turn++) {
        const index = (call + turn) % arms.length;
        samples[index].push(await arms[index]());
      }
    taken.push(samples);
  }
  const values = (samples, arm, part) => samples[arm].map((one) => one[part]);
  const [main] = Object.keys(taken[0][0][0]).slice(-1);
  const ofPeer = (samples) => at(values(samples, 0, main), 0.5);
  const sorted = taken.toSorted((a, b) => ofPeer(a) - ofPeer(b));
  const least = Math.ceil(rounds / 3);
  const calm = sorted.filter((samples, index) => index < least || ofPeer(samples) <= calmShare * ofPeer(sorted[0]));
  const read = (arm, part, share) =>
    at(
      calm.map((samples) => at(values(samples, arm, part), share)),
      0.5,
    );
  /** The same of the difference between two arms in one round. */
  const added = (arm, part, share) =>
    at(
      calm.map((samples) => at(values(samples, arm, part), share) - at(values(samples, 0, part), share)),
      0.5,
    );
  return Object.assign(read, { added, facts: { n: calm.length * calls, rounds: calm.length, ofRounds: rounds } });
}
