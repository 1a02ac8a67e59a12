import type { BackendCase } from './backend-under-test.js';
import { cancelCases } from './cases/cancel-cases.js';
import { claimCases } from './cases/claim-cases.js';
import { endCases } from './cases/end-cases.js';
import { enqueueCases } from './cases/enqueue-cases.js';
import { eventCases } from './cases/event-cases.js';
import { leaseCases } from './cases/lease-cases.js';
import { recoverCases } from './cases/recover-cases.js';

/** The contract of `ExecutionBackend`, for any test runner: `for (const { name, run } of backendCases) it(name, () => run(create))`. */
export const backendCases: readonly BackendCase[] = [
  ...enqueueCases,
  ...claimCases,
  ...leaseCases,
  ...endCases,
  ...cancelCases,
  ...recoverCases,
  ...eventCases,
];
