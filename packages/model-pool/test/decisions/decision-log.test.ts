import { describe, expect, it } from 'vitest';
import { DecisionLog, type NewDecision } from '../../src/decisions/decision-log.js';
import type { CallEnd } from '../../src/index.js';

const refusal = (requestId: string, more: Partial<NewDecision> = {}): NewDecision =>
  ({
    ...{ kind: 'refuse', requestId, callId: `call-${requestId}`, chosen: null, rejected: [] },
    inputs: { by: 'gate', reason: 'no' },
    ...more,
  }) as NewDecision;

const end = (requestId: string, taskId: string | null = null) =>
  ({ type: 'call-end', callId: `call-${requestId}`, requestId, labels: { taskId }, error: null }) as unknown as CallEnd;

function build(limit?: number) {
  const told: number[] = [];
  const log = new DecisionLog({ now: () => 5.4 }, ({ id }) => told.push(id), undefined, limit);
  return { log, told };
}

describe('DecisionLog', () => {
  it('keeps the newest in order and tells every one', () => {
    const { log, told } = build(3);
    for (const requestId of ['a', 'b', 'a', 'b']) log.add(refusal(requestId));
    expect(told).toEqual([1, 2, 3, 4]);
    expect(log.list().map(({ id }) => id)).toEqual([2, 3, 4]);
    expect(log.list()[0]).toMatchObject({ type: 'decision', atMs: 5, taskId: null });
  });

  it('keeps decisions as they were given', () => {
    const { log } = build();
    const given = refusal('a');
    log.add(given);
    expect(log.list()[0]?.inputs).toBe(given.inputs);
  });

  it('keeps ends without the text that had come, which nobody asks for', () => {
    const { log } = build();
    const broken = {
      ...end('a'),
      error: { code: 'stalled', partialText: 'x'.repeat(1_000), details: {} },
    } as unknown as CallEnd;
    log.ended(broken);
    expect(log.find('a')[0]?.entries).toMatchObject([{ error: { code: 'stalled', partialText: null } }]);
    expect(broken.error?.partialText).toHaveLength(1_000);
  });

  it('finds a request by its id, that of an attempt, or that of its task', () => {
    const { log } = build();
    log.add(refusal('a', { taskId: 'task' }));
    log.add(refusal('b'));
    log.ended(end('b', 'task'));
    log.ended(end('c', 'task'));
    const ids = (id: string) => log.find(id).map(({ requestId }) => requestId);
    expect(ids('a')).toEqual(['a']);
    expect(ids('call-b')).toEqual(['b']);
    expect(ids('task')).toEqual(['a', 'b', 'c']);
    expect(ids('nobody')).toEqual([]);
  });

  it('tells a story in the order in which it happened, with what the pool decided meanwhile about its models', () => {
    const { log } = build();
    const about = (kind: NewDecision['kind'], requestId: string | null, inputs: object, chosen: string | null) =>
      log.add({ kind, requestId, callId: null, inputs, chosen, rejected: [] } as unknown as NewDecision);
    about('memory', null, { name: 'large' }, 'before');
    about('route', 'a', {}, 'large');
    about('memory', null, { name: 'other' }, null);
    about('memory', null, { name: 'large' }, 'small');
    about('load', null, { name: 'large' }, null);
    about('load', null, { name: 'large' }, 'large');
    log.ended(end('a'));
    about('retry', 'a', {}, 'large');
    log.ended(end('a'));
    about('memory', null, { name: 'large' }, 'after');
    const [story] = log.find('a');
    expect(story?.entries.map((entry) => ('kind' in entry ? `${entry.kind} ${entry.chosen}` : 'end'))).toEqual([
      'route large',
      'memory small',
      'end',
      'retry large',
      'end',
    ]);
  });
});
