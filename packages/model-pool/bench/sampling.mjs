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

/**
 * Samples of all arms, call by call in turn. Returns how to read them: `(arm, part, share)`; 0.5 is the median of the
 * rounds' medians, any other share is of all samples together.
 */
export async function sampleInTurn(arms, { rounds, calls, warmUp }) {
  const taken = [];
  for (let call = 0; call < warmUp; call++) for (const arm of arms) await arm();
  for (let round = 0; round < rounds; round++) {
    const samples = arms.map(() => []);
    for (let call = 0; call < calls; call++)
      for (let turn = 0; turn < arms.length; turn++) {
        const index = (call + turn) % arms.length; // nobody is always the one after a certain other
        samples[index].push(await arms[index]());
      }
    taken.push(samples);
  }
  const values = (samples, arm, part) => samples[arm].map((one) => one[part]);
  return (arm, part, share) =>
    share === 0.5
      ? at(
          taken.map((samples) => at(values(samples, arm, part), 0.5)),
          0.5,
        )
      : at(
          taken.flatMap((samples) => values(samples, arm, part)),
          share,
        );
}
