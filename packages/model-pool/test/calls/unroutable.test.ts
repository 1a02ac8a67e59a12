import { describe, expect, it } from 'vitest';
import { poolError } from '../../src/calls/call-error.js';
import { unroutable } from '../../src/calls/unroutable.js';
import type { CandidateView } from '../../src/routing/candidates.js';
import { chooseRoute } from '../../src/routing/choose-route.js';

const candidate = (name: string, more: Partial<CandidateView> = {}): CandidateView => ({
  ...{ name, part: 'own', state: 'absent', isBorrowed: false, contextTokens: 100, capabilities: null },
  ...{ isInstalled: true, isBackendOpen: false, pausedMs: 0, coolDownMs: 0, failedWith: null },
  ...more,
});

const full = poolError('memory-insufficient', 'full', { details: { needBytes: 2, availableBytes: 1 } });

/** The parts of a pool that an error needs: models on one server, whose breaker is open for 4 s. */
const parts = {
  runtimes: new Map(
    ['a', 'b'].map((name) => [
      name,
      {
        backend: { name: 'server' },
        configured: { profile: { model: `${name}:1b` } },
        facts: { rest: { error: name === 'b' ? full : null } },
      },
    ]),
  ),
  monitors: new Map([['server', { openMs: 3_999.5 }]]),
} as unknown as Parameters<typeof unroutable>[2];

const errorOf = (candidates: CandidateView[], needs: readonly ('completion' | 'tools')[] = ['completion']) => {
  const view = { role: 'ux', needs, promptTokens: 500, wantedTokens: 0, preferred: null, candidates } as const;
  return unroutable(view, chooseRoute(view).rejected, parts);
};

describe('the error of a call that found no candidate', () => {
  const roomy = { contextTokens: 1_000 };
  const rows: [string, CandidateView[], object][] = [
    ['nothing is configured', [], { code: 'configuration' }],
    ['it is not installed', [candidate('a', { isInstalled: false })], { code: 'model-missing', retryable: false }],
    ['the prompt is too long', [candidate('a')], { code: 'context-too-long', retryable: false }],
    [
      'its load failed a while ago',
      [candidate('a', { ...roomy, coolDownMs: 1_500.2 })],
      { code: 'load-failed', retryable: true, retryAfterMs: 1_501 },
    ],
    [
      'its server had no memory for it a while ago',
      [candidate('b', { ...roomy, coolDownMs: 1_500.2 })],
      {
        code: 'memory-insufficient',
        retryable: true,
        retryAfterMs: 1_501,
        details: { needBytes: 2, availableBytes: 1 },
      },
    ],
    [
      'its server is given a rest',
      [candidate('a', { isBackendOpen: true })],
      { code: 'backend-down', retryable: true, retryAfterMs: 4_000 },
    ],
    [
      'what may pass by itself is told before what does not',
      [candidate('a', { isInstalled: false }), candidate('b', { isBackendOpen: true })],
      { code: 'backend-down', model: 'b:1b' },
    ],
    [
      'else the preferred one is told of',
      [candidate('a'), candidate('b', { isInstalled: false })],
      { code: 'context-too-long', model: 'a:1b', backend: 'server' },
    ],
  ];
  for (const [name, candidates, expected] of rows) it(name, () => expect(errorOf(candidates)).toMatchObject(expected));

  it('it cannot do what is asked, which is named', () => {
    const error = errorOf([candidate('a', { ...roomy, capabilities: ['completion'] })], ['completion', 'tools']);
    expect(error).toMatchObject({ code: 'capability-missing', retryable: false, model: 'a:1b' });
    expect(error.message).toContain('tools');
  });
});
