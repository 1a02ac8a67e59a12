import { poolError } from '../../../calls/call-error.js';
import type { ModelStatus } from '../../../status.js';
import type { Role } from '../../../types.js';
import { nearestName } from '../../http/nearest-name.js';

/** A name that a client may ask for. */
export interface ServedModel {
  /** The name. */
  readonly id: string;
  /** Roles that answer to it. */
  readonly roles: readonly Role[];
  /** Name in the configuration of the model; `null` = the role's own choice. */
  readonly configured: string | null;
  /** The model's name on its server. */
  readonly model: string | null;
}

const roleOrder: readonly Role[] = ['ux', 'planning', 'embed'];

/** Every name: `tale/auto`, one for each role that is configured, and each model that serves one. */
export function listServedModels(models: readonly ModelStatus[]): readonly ServedModel[] {
  const roles = roleOrder.filter((role) => models.some((model) => model.roles.includes(role)));
  const named = (id: string, answering: readonly Role[]): ServedModel => ({
    ...{ id: `tale/${id}`, roles: answering },
    ...{ configured: null, model: null },
  });
  return [
    ...(roles.length > 0 ? [named('auto', roles)] : []),
    ...roles.map((role) => named(role, [role])),
    ...models
      .filter((model) => model.roles.length > 0)
      .map(({ name, roles: answering, model }) => ({ id: name, roles: answering, configured: name, model })),
  ];
}

/** The model of a name, by the model's name on its server where nothing is called so. @throws ModelPoolError `model-missing` */
export function findServedModel(served: readonly ServedModel[], name: string): ServedModel {
  const found = served.find(({ id }) => id === name) ?? served.find(({ model }) => model === name);
  if (found !== undefined) return found;
  const names = served.map(({ id }) => id);
  const meant = nearestName(name, names);
  const hint = meant === null ? '' : ` Did you mean ${meant}?`;
  throw poolError('model-missing', `there is no model ${name}; there are ${names.join(', ')}.${hint}`, {
    details: { param: 'model', code: 'model_not_found' },
  });
}
