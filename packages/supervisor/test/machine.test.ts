import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isResting,
  isServing,
  type Machine,
  type MachineContext,
  type MachineEvent,
  restingMachine,
  transition,
} from '../src/machine.js';
import type { ServerState } from '../src/types.js';

const limits = {
  readyTimeoutMs: 30_000,
  drainMs: 20_000,
  stopMs: 5_000,
  memoryLimitBytes: 1_000,
  byIpc: true,
  portFallback: true,
};
const context = (changes: Partial<MachineContext['limits']> = {}, nowMs = 0): MachineContext => ({
  limits: { ...limits, ...changes },
  nowMs,
  random: 0.5,
});
const running: Machine = { ...restingMachine, afterExit: 'again' };
const machines: Record<ServerState, Machine> = {
  stopped: restingMachine,
  starting: { ...running, state: 'starting' },
  ready: { ...running, state: 'ready' },
  degraded: { ...running, state: 'degraded', reason: 'disk', degradedReason: 'disk' },
  unresponsive: { ...running, state: 'unresponsive', reason: 'silent' },
  draining: { ...running, state: 'draining', afterExit: 'rest' },
  stopping: { ...running, state: 'stopping', afterExit: 'rest' },
  waiting: { ...running, state: 'waiting', attempt: 1 },
  'crash-loop': { ...running, state: 'crash-loop', failure: 'crash-loop' },
  refused: { ...running, state: 'refused', failure: 'refused-by-child' },
};
const start: MachineEvent = { type: 'start' };
const ready: MachineEvent = { type: 'ready' };
const deadline: MachineEvent = { type: 'deadline' };
const stop: MachineEvent = { type: 'stop', drainMs: 20_000 };
const exit = (code: number | null, signal: string | null = null): MachineEvent => ({ type: 'exit', code, signal });
const tick: MachineEvent = { type: 'tick', late: false };

/** Next state, with the effects in their order. */
function show({ machine, effects }: ReturnType<typeof transition>): string {
  const shown = effects.map((effect) => (effect.type === 'arm' ? `arm ${effect.delayMs}` : effect.type));
  return [machine.state, ...shown].join(' · ');
}

const events = { start, ready, deadline, stop, 'exit 1': exit(1), 'exit 2': exit(2), tick };
const table: Record<ServerState, Record<keyof typeof events, string>> = {
  stopped: {
    start: 'starting · arm 30000 · spawn',
    ready: 'stopped',
    deadline: 'stopped',
    stop: 'stopped',
    'exit 1': 'stopped',
    'exit 2': 'stopped',
    tick: 'stopped',
  },
  starting: {
    start: 'starting',
    ready: 'ready · arm 60000',
    deadline: 'stopping · terminate · arm 5000',
    stop: 'stopping · terminate · arm 5000',
    'exit 1': 'waiting · arm 200',
    'exit 2': 'refused · disarm',
    tick: 'starting',
  },
  ready: {
    start: 'ready',
    ready: 'ready',
    deadline: 'ready',
    stop: 'draining · ask-stop · arm 20000',
    'exit 1': 'waiting · arm 200',
    'exit 2': 'refused · disarm',
    tick: 'ready',
  },
  degraded: {
    start: 'degraded',
    ready: 'degraded',
    deadline: 'degraded',
    stop: 'draining · ask-stop · arm 20000',
    'exit 1': 'waiting · arm 200',
    'exit 2': 'refused · disarm',
    tick: 'degraded',
  },
  unresponsive: {
    start: 'unresponsive',
    ready: 'unresponsive',
    deadline: 'unresponsive · kill-group',
    stop: 'unresponsive',
    'exit 1': 'waiting · arm 200',
    'exit 2': 'refused · disarm',
    tick: 'unresponsive',
  },
  draining: {
    start: 'draining',
    ready: 'draining',
    deadline: 'stopping · terminate · arm 5000',
    stop: 'stopping · terminate · arm 5000',
    'exit 1': 'stopped · disarm',
    'exit 2': 'stopped · disarm',
    tick: 'draining',
  },
  stopping: {
    start: 'stopping',
    ready: 'stopping',
    deadline: 'stopping · kill-group',
    stop: 'stopping · kill-group',
    'exit 1': 'stopped · disarm',
    'exit 2': 'stopped · disarm',
    tick: 'stopping',
  },
  waiting: {
    start: 'waiting',
    ready: 'waiting',
    deadline: 'starting · arm 30000 · spawn',
    stop: 'stopped · disarm',
    'exit 1': 'waiting',
    'exit 2': 'waiting',
    tick: 'waiting',
  },
  'crash-loop': {
    start: 'starting · arm 30000 · spawn',
    ready: 'crash-loop',
    deadline: 'crash-loop',
    stop: 'stopped · disarm',
    'exit 1': 'crash-loop',
    'exit 2': 'crash-loop',
    tick: 'crash-loop',
  },
  refused: {
    start: 'starting · arm 30000 · spawn',
    ready: 'refused',
    deadline: 'refused',
    stop: 'stopped · disarm',
    'exit 1': 'refused',
    'exit 2': 'refused',
    tick: 'refused',
  },
};

describe.each(Object.keys(table) as ServerState[])('%s', (state) => {
  it.each(Object.entries(events))('at %s', (name, event) => {
    expect(show(transition(machines[state], event, context()))).toBe(table[state][name as keyof typeof events]);
  });
});

function run(machine: Machine, all: readonly MachineEvent[], at = context()): Machine {
  return all.reduce((current, event) => transition(current, event, at).machine, machine);
}

describe('silence', () => {
  it('is judged after the fourth tick without a beat', () => {
    const silent = run(machines.ready, [tick, tick, tick]);
    expect(silent.state).toBe('ready');
    expect(show(transition(silent, tick, context()))).toBe('unresponsive · terminate · arm 5000');
    expect(run(silent, [{ type: 'beat', rssBytes: 1 }, tick, tick, tick]).state).toBe('ready');
  });

  it('proves nothing when the supervisor was late itself, or of a program without a channel', () => {
    expect(run(machines.ready, [tick, tick, tick, { type: 'tick', late: true }, tick, tick, tick]).state).toBe('ready');
    expect(run(machines.ready, [tick, tick, tick, tick, tick], context({ byIpc: false })).state).toBe('ready');
  });

  it('of one that is to be stopped ends in rest; a second request kills', () => {
    const asked = run(machines.unresponsive, [stop]);
    expect(show(transition(asked, stop, context()))).toBe('unresponsive · kill-group');
    expect(run(asked, [exit(null, 'SIGTERM')]).state).toBe('stopped');
  });
});

describe('memory', () => {
  const over: MachineEvent = { type: 'beat', rssBytes: 1_001 };
  const under: MachineEvent = { type: 'beat', rssBytes: 1_000 };

  it('above the limit for three beats in a row drains and starts again without a back-off', () => {
    expect(run(machines.ready, [over, over, under, over, over]).state).toBe('ready');
    const second = run(machines.ready, [over, over]);
    const third = transition(second, over, context());
    expect(show(third)).toBe('draining · ask-stop · arm 20000');
    const again = transition(third.machine, exit(0), context());
    expect(show(again)).toBe('starting · arm 30000 · spawn');
    expect(again.machine).toMatchObject({ restarts: 1, exitsAtMs: [] });
  });

  it('is no reason within an hour of the last time, or without a limit', () => {
    const before: Machine = { ...machines.ready, memoryRestartAtMs: 0 };
    expect(run(before, [over, over, over, over], context({}, 3_599_999)).state).toBe('ready');
    expect(run(before, [over, over, over], context({}, 3_600_000)).state).toBe('draining');
    expect(run(machines.ready, [over, over, over], context({ memoryLimitBytes: null })).state).toBe('ready');
  });

  it('yields to a stop, which does not cut that drain', () => {
    const draining = run(machines.ready, [over, over, over]);
    expect(show(transition(draining, stop, context()))).toBe('draining');
    expect(run(draining, [stop, exit(0)]).state).toBe('stopped');
    expect(run(draining, [deadline, exit(null, 'SIGTERM')]).state).toBe('starting');
  });
});

describe('an exit', () => {
  it('with 4 means another port, or refused without fallback', () => {
    expect(show(transition(machines.starting, exit(4), context()))).toBe('waiting · skip-port · arm 200');
    const refused = transition(machines.starting, exit(4), context({ portFallback: false }));
    expect(show(refused)).toBe('refused · disarm');
    expect(refused.machine.failure).toBe('port-taken');
  });

  it('waits longer each time until the fifth in a minute ends it', () => {
    let machine = machines.ready;
    const shown: string[] = [];
    for (let count = 0; count < 5; count++) {
      const next = transition(machine, exit(1), context({}, count * 1_000));
      shown.push(show(next));
      machine = run(next.machine, [deadline]);
    }
    expect(shown).toEqual([
      'waiting · arm 200',
      'waiting · arm 400',
      'waiting · arm 800',
      'waiting · arm 1600',
      'crash-loop · disarm · crash-loop',
    ]);
    expect(machine.failure).toBe('crash-loop');
    expect(run(machine, [start])).toMatchObject({ state: 'starting', failure: null, exitsAtMs: [], restarts: 0 });
  });

  it('after a minute of readiness begins with the shortest back-off', () => {
    const seasoned: Machine = { ...machines.ready, attempt: 4 };
    expect(show(transition(run(seasoned, [deadline]), exit(1), context()))).toBe('waiting · arm 200');
    expect(show(transition(seasoned, exit(1), context()))).toBe('waiting · arm 3200');
  });

  it('says how it came about', () => {
    expect(run(machines.ready, [exit(7)]).reason).toBe('exit 7');
    expect(run(machines.ready, [exit(null, 'SIGSEGV')]).reason).toBe('ended by SIGSEGV');
    expect(run(machines.unresponsive, [exit(null, 'SIGKILL')]).reason).toBe('silent');
    expect(run(machines.starting, [{ type: 'exit', code: null, signal: null, reason: 'ENOENT' }]).reason).toBe(
      'ENOENT',
    );
  });
});

describe('a start', () => {
  it('that takes too long is counted, and the process replaced', () => {
    const late = run(machines.starting, [deadline]);
    expect(late).toMatchObject({ state: 'stopping', startTimeouts: 1, afterExit: 'again' });
    expect(run(late, [exit(null, 'SIGTERM')])).toMatchObject({ state: 'waiting', reason: late.reason });
    expect(show(transition(late, stop, context()))).toBe('stopping');
    expect(run(late, [stop, exit(null, 'SIGTERM')]).state).toBe('stopped');
  });

  it('without a port is refused, or ends if it is no longer wanted', () => {
    const refuse: MachineEvent = { type: 'port-refused', reason: 'taken' };
    expect(run(machines.starting, [refuse])).toMatchObject({
      state: 'refused',
      failure: 'port-taken',
      reason: 'taken',
    });
    expect(run(machines.stopping, [refuse]).state).toBe('stopped');
  });

  it('of a server that is degraded from the beginning ends in degraded', () => {
    const disk: MachineEvent = { type: 'degraded', reason: 'disk' };
    expect(run(machines.starting, [disk, ready])).toMatchObject({ state: 'degraded', reason: 'disk' });
    expect(run(machines.starting, [disk, ready, { type: 'degraded', reason: null }])).toMatchObject({ state: 'ready' });
  });
});

it('a stop without time for a drain, or of a program without a channel, is a SIGTERM', () => {
  expect(show(transition(machines.ready, { type: 'stop', drainMs: 0 }, context()))).toBe(
    'stopping · terminate · arm 5000',
  );
  expect(show(transition(machines.ready, stop, context({ byIpc: false })))).toBe('stopping · terminate · arm 5000');
});

it('never runs two processes, never starts after a stop, and never loses its way', () => {
  const anyEvent: fc.Arbitrary<MachineEvent> = fc.oneof(
    fc.constantFrom(start, ready, deadline, stop, tick, { type: 'tick', late: true } as const),
    fc.constantFrom(exit(0), exit(1), exit(2), exit(4), exit(null, 'SIGKILL')),
    fc.constantFrom({ type: 'beat', rssBytes: 1 } as const, { type: 'beat', rssBytes: 2_000 } as const),
    fc.constantFrom({ type: 'degraded', reason: null } as const, { type: 'degraded', reason: 'disk' } as const),
  );
  const anyStep = fc.record({ event: anyEvent, passedMs: fc.nat(70_000) });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 120 }), fc.boolean(), fc.boolean(), (steps, byIpc, portFallback) => {
      let machine = restingMachine;
      let isAlive = false;
      let isArmed = false;
      let isWanted = false;
      let nowMs = 0;
      for (const { event, passedMs } of steps) {
        nowMs += passedMs;
        if (event.type === 'exit' && !isAlive) continue;
        if (event.type === 'deadline' && !isArmed) continue;
        if (event.type === 'exit') isAlive = false;
        if (event.type === 'deadline') isArmed = false;
        if (event.type === 'start') isWanted = true;
        if (event.type === 'stop') isWanted = false;
        const next = transition(machine, event, context({ byIpc, portFallback }, nowMs));
        machine = next.machine;
        for (const effect of next.effects) {
          if (effect.type === 'spawn') {
            expect(isAlive).toBe(false);
            expect(isWanted).toBe(true);
            isAlive = true;
          }
          if (effect.type === 'arm') isArmed = true;
          if (effect.type === 'disarm') isArmed = false;
        }
        if (isResting(machine.state)) expect([isAlive, isArmed]).toEqual([false, false]);
        if (machine.state === 'waiting') expect([isAlive, isArmed]).toEqual([false, true]);
        if (isServing(machine.state)) expect(isAlive).toBe(true);
        if (!isWanted && event.type === 'exit') expect(machine.state).toBe('stopped');
      }
    }),
    { numRuns: 500 },
  );
});
