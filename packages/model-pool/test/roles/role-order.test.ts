import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/roles/configuration.js';
import { RoleOrder } from '../../src/roles/role-order.js';
import { poolOptions } from '../setup/open-pool.js';

function order(stepDown: boolean) {
  const model = (name: string) => ({ backend: 'fake', model: name, contextTokens: 4096 });
  return new RoleOrder(
    checkConfiguration(
      poolOptions('http://127.0.0.1:1', {
        models: { a: model('a'), b: model('b'), c: model('c') },
        roles: { ux: { candidates: ['a', 'b', 'c'], stepDown }, planning: { candidates: ['a'], stepDown: true } },
      }),
    ),
  );
}

describe('RoleOrder', () => {
  it('is the configured one while nobody is too slow', () => {
    expect(order(true).candidates('ux')).toEqual(['a', 'b', 'c']);
    expect(order(true).candidates('embed')).toEqual([]);
  });

  it('puts one model after the other behind, and keeps the last', () => {
    const found = order(true);
    expect(found.stepDown('ux', 'a')).toBe('b');
    expect(found.candidates('ux')).toEqual(['b', 'c', 'a']);
    expect(found.stepDown('ux', 'b')).toBe('c');
    expect(found.candidates('ux')).toEqual(['c', 'a', 'b']);
    expect(found.stepDown('ux', 'c')).toBeNull();
    expect(found.candidates('planning')).toEqual(['a']);
  });

  it('only the one that stands first can step down, and only where the role allows it', () => {
    expect(order(true).stepDown('ux', 'b')).toBeNull();
    expect(order(true).stepDown('planning', 'a')).toBeNull();
    expect(order(true).stepDown('embed', 'a')).toBeNull();
    expect(order(false).stepDown('ux', 'a')).toBeNull();
  });
});
