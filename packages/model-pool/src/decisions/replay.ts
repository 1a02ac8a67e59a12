import type { Decision } from '../events.js';
import type { Choice } from './choice.js';
import { deciders } from './deciders.js';
import type { DecisionInputs, DecisionKind } from './decision-inputs.js';

/** A decision that comes out otherwise than it was recorded. */
export interface DecisionMismatch {
  /** As recorded. */
  readonly decision: Decision;
  /** What comes out now. */
  readonly replayed: Choice;
}

function decideAgain<Kind extends DecisionKind>(kind: Kind, inputs: DecisionInputs[Kind]): Choice {
  return deciders[kind](inputs);
}

/** Makes a recorded decision again from its inputs, also one that was read from JSON. */
export function replayDecision(decision: Decision): Choice {
  const { chosen, rejected } = decideAgain(decision.kind, decision.inputs);
  return { chosen, rejected };
}

function isSame({ chosen, rejected }: Decision, replayed: Choice): boolean {
  if (chosen !== replayed.chosen || rejected.length !== replayed.rejected.length) return false;
  return rejected.every(({ option, reason }, index) => {
    const other = replayed.rejected[index];
    return option === other?.option && reason === other.reason;
  });
}

/** Makes recorded decisions again. Returns those that come out otherwise: a log of a pool is a regression test. */
export function replayLog(decisions: Iterable<Decision>): DecisionMismatch[] {
  const mismatches: DecisionMismatch[] = [];
  for (const decision of decisions) {
    const replayed = replayDecision(decision);
    if (!isSame(decision, replayed)) mismatches.push({ decision, replayed });
  }
  return mismatches;
}
