import { describe, expect, it } from 'vitest';
import { type CallPhase, deadlineError } from '../../src/calls/deadline.js';

describe('deadlineError', () => {
  const rows: [CallPhase, Parameters<typeof deadlineError>[2], string][] = [
    ['queued', null, 'overloaded'],
    ['gate', null, 'overloaded'],
    ['loading', null, 'load-timeout'],
    ['prefill', 'overloaded', 'first-token-timeout'],
    ['decode', null, 'stalled'],
    ['retry', 'backend-down', 'backend-down'],
    ['retry', null, 'overloaded'],
  ];
  for (const [phase, last, code] of rows) {
    it(`a call that is in ${phase}${last === null ? '' : ` after ${last}`} ends as ${code}`, () =>
      expect(deadlineError(400, phase, last)).toMatchObject({ code, details: { deadlineMs: 400, phase } }));
  }
});
