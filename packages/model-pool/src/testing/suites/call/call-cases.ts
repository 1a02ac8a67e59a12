import { abilityCases } from './ability-cases.js';
import { answerCases } from './answer-cases.js';
import type { CallCase } from './call-case.js';
import { failureCases } from './failure-cases.js';

/** Behaviour of a call, whoever serves it: a pool on any backend, or a client of a served pool. */
export const callCases: readonly CallCase[] = [...answerCases, ...abilityCases, ...failureCases];
