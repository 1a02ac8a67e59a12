import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelState } from '../../src/index.js';
import type { CandidateView, RouteView } from '../../src/routing/candidates.js';
import { chooseRoute } from '../../src/routing/choose-route.js';

const candidate = (name: string, more: Partial<CandidateView> = {}): CandidateView => ({
  name,
  part: 'own',
  state: 'absent',
  isBorrowed: false,
  contextTokens: 4096,
  capabilities: null,
  isInstalled: true,
  isBackendOpen: false,
  pausedMs: 0,
  coolDownMs: 0,
  failedWith: null,
  ...more,
});

const route = (candidates: CandidateView[], more: Partial<RouteView> = {}) =>
  chooseRoute({
    role: 'planning',
    needs: ['completion'],
    promptTokens: 10,
    wantedTokens: 0,
    preferred: null,
    candidates,
    ...more,
  });

describe('order', () => {
  const rows: [string, CandidateView[], Partial<RouteView>, string | null, [string, string][]][] = [
    ['the configured order decides between equals', [candidate('a'), candidate('b')], {}, 'a', [['b', 'not needed']]],
    [
      'resident comes before loading before loadable',
      [candidate('a'), candidate('b', { state: 'loading' }), candidate('c', { state: 'resident' })],
      {},
      'c',
      [
        ['a', 'absent, another is resident'],
        ['b', 'loading, another is resident'],
      ],
    ],
    [
      'one that is being loaded comes before one that is not',
      [candidate('a'), candidate('b', { state: 'loading' })],
      {},
      'b',
      [['a', 'absent, another is loading']],
    ],
    [
      'one whose load failed comes last',
      [candidate('a', { state: 'failed' }), candidate('b')],
      {},
      'b',
      [['a', 'failed, another is absent']],
    ],
    [
      'the preference of the caller comes before what is in memory',
      [candidate('a', { state: 'resident' }), candidate('b')],
      { preferred: 'b' },
      'b',
      [['a', 'another is preferred by the caller']],
    ],
    [
      'a preferred one that cannot be asked is no obstacle',
      [candidate('a'), candidate('b', { isInstalled: false })],
      { preferred: 'b' },
      'a',
      [['b', 'model-missing']],
    ],
    [
      'a preference for somebody else is told',
      [candidate('a')],
      { preferred: 'z' },
      'a',
      [['z', 'no candidate of the role']],
    ],
    [
      'a model that is in memory for another role is not preferred for that',
      [candidate('large'), candidate('small', { state: 'resident', isBorrowed: true })],
      {},
      'large',
      [['small', 'not needed']],
    ],
    [
      'it is before one whose load failed',
      [candidate('large', { state: 'failed' }), candidate('small', { state: 'resident', isBorrowed: true })],
      {},
      'small',
      [['large', 'failed, another is resident']],
    ],
    [
      'a server that asked for a pause counts as a load',
      [candidate('a', { state: 'resident', pausedMs: 9_000 }), candidate('b', { state: 'resident' })],
      {},
      'b',
      [['a', 'its server asked for a pause']],
    ],
    [
      'but is waited for rather than another model loaded',
      [candidate('a', { state: 'resident', pausedMs: 9_000 }), candidate('b')],
      {},
      'a',
      [['b', 'absent, another is resident']],
    ],
  ];
  for (const [name, candidates, more, chosen, rejected] of rows) {
    it(name, () =>
      expect(route(candidates, more)).toEqual({
        chosen,
        rejected: rejected.map(([option, reason]) => ({ option, reason })),
      }),
    );
  }
});

describe('what is asked of a candidate', () => {
  it('each one that cannot be asked says why, in the configured order', () => {
    const candidates = [
      candidate('failed', { failedWith: 'stalled' }),
      candidate('open', { isBackendOpen: true }),
      candidate('missing', { isInstalled: false }),
      candidate('mute', { capabilities: ['embedding'] }),
      candidate('short', { contextTokens: 5 }),
      candidate('rests', { coolDownMs: 9 }),
    ];
    expect(route(candidates)).toEqual({
      chosen: null,
      rejected: [
        { option: 'failed', reason: 'stalled' },
        { option: 'open', reason: 'backend-down' },
        { option: 'missing', reason: 'model-missing' },
        { option: 'mute', reason: 'capability-missing' },
        { option: 'short', reason: 'context-too-long' },
        { option: 'rests', reason: 'load-failed' },
      ],
    });
  });

  it('tools are asked for where they are needed, and what nobody tells is there', () => {
    const plain = candidate('plain', { capabilities: ['completion'] });
    const able = candidate('able', { capabilities: ['completion', 'tools'] });
    const needs = ['completion', 'tools'] as const;
    expect(route([plain, able]).chosen).toBe('plain');
    expect(route([plain, able], { needs }).chosen).toBe('able');
    expect(route([plain, candidate('unknown')], { needs }).chosen).toBe('unknown');
    expect(route([plain, candidate('silent', { capabilities: [] })], { needs }).chosen).toBe('silent');
    expect(route([plain], { needs }).chosen).toBeNull();
  });

  it('vectors are made by any model, rather by one that is made for it', () => {
    const chat = candidate('chat', { state: 'resident', capabilities: ['completion'] });
    const vectors = candidate('vectors', { capabilities: ['embedding'] });
    const needs = ['embedding'] as const;
    expect(route([chat, vectors], { needs })).toEqual({
      chosen: 'vectors',
      rejected: [{ option: 'chat', reason: 'another is made for it' }],
    });
    expect(route([chat], { needs }).chosen).toBe('chat');
  });

  it('a context that takes the prompt and the wanted answer is preferred, one that takes the prompt will do', () => {
    const short = candidate('short', { state: 'resident', contextTokens: 1_000 });
    const long = candidate('long', { contextTokens: 8_000 });
    const more = { promptTokens: 900, wantedTokens: 500 };
    expect(route([short, long], { promptTokens: 900 }).chosen).toBe('short');
    expect(route([short, long], more)).toEqual({
      chosen: 'long',
      rejected: [{ option: 'short', reason: 'its context is short for the whole answer' }],
    });
    expect(route([short], more).chosen).toBe('short');
  });
});

describe('those who are no candidates of the role', () => {
  const standIn = candidate('large', { part: 'stand-in', state: 'resident', isBorrowed: true });
  it('one that stands in comes before the role`s own that would have to be loaded', () => {
    for (const state of ['absent', 'loading', 'evicting', 'failed'] as ModelState[])
      expect(route([candidate('small', { state }), standIn], { role: 'ux' })).toEqual({
        chosen: 'large',
        rejected: [{ option: 'small', reason: 'large stands in' }],
      });
  });
  it('not before one that is there, and it cannot do more than others', () => {
    expect(route([candidate('small', { state: 'resident' }), standIn]).chosen).toBe('small');
    expect(route([candidate('small'), { ...standIn, failedWith: 'stalled' }]).chosen).toBe('small');
  });
  it('a preference does not bring a model into memory that may not be there', () => {
    expect(route([candidate('small'), standIn], { preferred: 'small' }).chosen).toBe('large');
  });
  it('one that covers is asked when nobody else can be', () => {
    const cover = candidate('small', { part: 'cover', state: 'resident' });
    expect(route([candidate('large'), cover])).toEqual({
      chosen: 'large',
      rejected: [{ option: 'small', reason: 'it only helps out' }],
    });
    expect(route([candidate('large', { failedWith: 'load-failed' }), cover]).chosen).toBe('small');
  });
});

it('whatever the candidates are, each one is taken or rejected with a reason, and the taken one can be asked', () => {
  const any = fc.record({
    part: fc.constantFrom<CandidateView['part']>('own', 'own', 'stand-in', 'cover'),
    state: fc.constantFrom<ModelState>('absent', 'loading', 'resident', 'evicting', 'failed'),
    isBorrowed: fc.boolean(),
    contextTokens: fc.nat(200),
    capabilities: fc.option(fc.subarray(['completion', 'tools', 'embedding'])),
    isInstalled: fc.option(fc.boolean()),
    isBackendOpen: fc.boolean(),
    pausedMs: fc.constantFrom(0, 500),
    coolDownMs: fc.constantFrom(0, 0, 500),
    failedWith: fc.constantFrom(null, null, 'stalled'),
  });
  const needs = fc.constantFrom<RouteView['needs']>(['completion'], ['completion', 'tools'], ['embedding']);
  fc.assert(
    fc.property(
      fc.array(any, { maxLength: 5 }),
      needs,
      fc.nat(200),
      fc.nat(200),
      (given, wanted, promptTokens, wantedTokens) => {
        const candidates = given.map((more, index) => candidate(`m${index}`, more));
        const { chosen, rejected } = route(candidates, { needs: wanted, promptTokens, wantedTokens, preferred: 'm1' });
        const told = [...rejected.map(({ option }) => option), ...(chosen === null ? [] : [chosen])];
        expect(told.filter((name) => name !== 'm1' || candidates.length > 1).sort()).toEqual(
          candidates.map(({ name }) => name),
        );
        expect(rejected.every(({ reason }) => reason !== '')).toBe(true);
        const taken = candidates.find(({ name }) => name === chosen);
        if (taken === undefined) return;
        expect(taken).toMatchObject({ failedWith: null, isBackendOpen: false });
        expect(taken.isInstalled).not.toBe(false);
        expect(taken.contextTokens).toBeGreaterThanOrEqual(promptTokens);
      },
    ),
  );
});
