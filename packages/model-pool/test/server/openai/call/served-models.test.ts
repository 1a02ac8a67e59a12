import { describe, expect, it } from 'vitest';
import type { ModelStatus, Role } from '../../../../src/index.js';
import { findServedModel, listServedModels } from '../../../../src/server/openai/call/served-models.js';

const model = (name: string, roles: readonly Role[]) => ({ name, roles, model: `${name}:1b` }) as ModelStatus;

describe('the names that a client may ask for', () => {
  it('are tale/auto, the roles that are configured, and the models that serve one', () => {
    const listed = listServedModels([model('small', ['ux']), model('large', ['planning']), model('idle', [])]);
    expect(listed).toEqual([
      { id: 'tale/auto', roles: ['ux', 'planning'], configured: null, model: null },
      { id: 'tale/ux', roles: ['ux'], configured: null, model: null },
      { id: 'tale/planning', roles: ['planning'], configured: null, model: null },
      { id: 'small', roles: ['ux'], configured: 'small', model: 'small:1b' },
      { id: 'large', roles: ['planning'], configured: 'large', model: 'large:1b' },
    ]);
  });
  it('are none where nothing is configured', () => expect(listServedModels([])).toEqual([]));
  it('count a model for every role that it serves', () => {
    const ids = listServedModels([model('only', ['ux', 'planning', 'embed'])]).map(({ id }) => id);
    expect(ids).toEqual(['tale/auto', 'tale/ux', 'tale/planning', 'tale/embed', 'only']);
  });
});

describe('a name', () => {
  const served = listServedModels([model('small', ['ux']), model('large', ['planning'])]);
  it('may be that of the model on its server', () => {
    expect(findServedModel(served, 'large:1b').id).toBe('large');
    expect(findServedModel(served, 'tale/ux').id).toBe('tale/ux');
  });
  it('that nobody has is answered with those that there are, and the nearest', () => {
    const find = (name: string) => () => findServedModel(served, name);
    const names = 'tale/auto, tale/ux, tale/planning, small, large';
    expect(find('gpt-4o')).toThrow(
      expect.objectContaining({
        ...{ code: 'model-missing', message: `there is no model gpt-4o; there are ${names}.` },
        details: { param: 'model', code: 'model_not_found' },
      }),
    );
    expect(find('tale-planing')).toThrow(/Did you mean tale\/planning\?$/);
  });
});
