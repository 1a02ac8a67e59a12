import { abilityCases } from './ability-cases.js';
import { aboutCases } from './about-cases.js';
import type { BackendCase } from './backend-case.js';
import { residencyCases } from './residency-cases.js';
import { slotCases } from './slot-cases.js';
import { textCases } from './text-cases.js';
import { vectorCases } from './vector-cases.js';

/** Facts about Ollama's API that the pool relies on. Every server that the pool is to speak with passes those that it is capable of. */
export const backendCases: readonly BackendCase[] = [
  ...aboutCases,
  ...residencyCases,
  ...textCases,
  ...slotCases,
  ...abilityCases,
  ...vectorCases,
];
