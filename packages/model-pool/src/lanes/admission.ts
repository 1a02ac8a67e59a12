import { type Choice, choose } from '../decisions/choice.js';
import type { Lane } from '../types.js';

/** Most calls that wait in a lane. */
export const laneLimits: Readonly<Record<Lane, number>> = { ux: 32, planning: 256, background: 1000 };

/** Whether a call may go on, as a lane or the gate sees it. */
export type Admission =
  | {
      /** Who says it. */
      readonly by: 'lane';
      /** Which one. */
      readonly lane: Lane;
      /** How many wait in it. */
      readonly waiting: number;
      /** How many may. */
      readonly limit: number;
    }
  | {
      /** Who says it. */
      readonly by: 'gate';
      /** Its code. */
      readonly reason: string | null;
    };

/** Lanes are bounded; what the gate refuses is refused. */
export function admit(admission: Admission): Choice {
  return choose(admission.by === 'lane' && admission.waiting < admission.limit ? 'wait' : null);
}
