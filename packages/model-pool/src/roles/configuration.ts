import { isModelName, plainName } from '../backends/model-name.js';
import { poolError } from '../calls/call-error.js';
import type { ModelOptions, ModelPoolOptions, RoleOptions } from '../options.js';
import type { Lane, Role, RoleName } from '../types.js';
import { checkRanges } from './option-ranges.js';
import { freezeProfile, type Profile } from './profile.js';
import { laneOfRole, resolveRole } from './role-name.js';

/** A configured model with everything that follows from its roles. */
export interface ConfiguredModel {
  /** Name in the configuration. */
  readonly name: string;
  /** Name of its backend. */
  readonly backend: string;
  /** What its requests carry. */
  readonly profile: Profile;
  /** Roles that it serves. */
  readonly roles: readonly Role[];
  /** Whether it is kept in memory while it is the chosen candidate of a role that wants that. */
  readonly resident: 'always' | 'on-demand';
  /** How long it stays in memory without use while it is not kept there, ms. */
  readonly lingerMs: number;
}

/** A role with its defaults filled in. */
export interface ConfiguredRole {
  /** Names of models, the preferred one first. */
  readonly candidates: readonly string[];
  /** Whether its model is kept in memory. */
  readonly resident: 'always' | 'on-demand';
  /** The lane of its calls. */
  readonly lane: Lane;
  /** Whether a candidate that is too slow is put behind the next one. */
  readonly stepDown: boolean;
}

/** A checked configuration. */
export interface Configuration {
  /** Models by name. */
  readonly models: ReadonlyMap<string, ConfiguredModel>;
  /** Roles by canonical name. */
  readonly roles: ReadonlyMap<Role, ConfiguredRole>;
}

const usualLingerMs = 600_000;

function wrong(message: string): never {
  throw poolError('configuration', message);
}

function checkModel(name: string, model: ModelOptions, options: ModelPoolOptions): void {
  if (!Object.hasOwn(options.backends, model.backend))
    wrong(`model ${name} names the backend ${model.backend}, which is not configured`);
  if (!isModelName(model.model)) wrong(`model ${name}: ${JSON.stringify(model.model)} cannot be the name of a model`);
  const whole = (value: number | undefined) => value === undefined || (Number.isInteger(value) && value > 0);
  if (!whole(model.contextTokens) || model.contextTokens === undefined)
    wrong(`model ${name}: contextTokens must be a positive integer`);
  if (!whole(model.maxOutputTokens)) wrong(`model ${name}: maxOutputTokens must be a positive integer`);
  if (!whole(model.slots)) wrong(`model ${name}: slots must be a positive integer`);
}

function checkRoles(options: ModelPoolOptions): Map<Role, ConfiguredRole & { lingerMs: number }> {
  const roles = new Map<Role, ConfiguredRole & { lingerMs: number }>();
  for (const [name, given] of Object.entries(options.roles) as [RoleName, RoleOptions | undefined][]) {
    if (given === undefined) continue;
    const role = resolveRole(name) ?? wrong(`there is no role ${name}; roles are ux, planning and embed`);
    if (roles.has(role)) wrong(`the role ${role} is configured twice, once by an alias`);
    if (given.candidates.length === 0) wrong(`the role ${role} has no candidates`);
    for (const candidate of given.candidates) {
      if (!Object.hasOwn(options.models, candidate))
        wrong(`the role ${role} names the model ${candidate}, which is not configured`);
    }
    roles.set(role, {
      candidates: given.candidates,
      resident: given.resident ?? (role === 'ux' ? 'always' : 'on-demand'),
      lane: given.lane ?? laneOfRole(role),
      stepDown: given.stepDown ?? false,
      lingerMs: given.lingerMs ?? usualLingerMs,
    });
  }
  return roles;
}

/** Checks the options and freezes a profile per model. @throws ModelPoolError `configuration` */
export function checkConfiguration(options: ModelPoolOptions): Configuration {
  checkRanges(options);
  const roles = checkRoles(options);
  const models = new Map<string, ConfiguredModel>();
  const pinned = new Set<string>();
  const key = (model: ModelOptions) => `${model.backend}\n${plainName(model.model)}`;
  for (const { candidates, resident } of roles.values()) {
    if (resident !== 'always') continue;
    for (const candidate of candidates) pinned.add(key(options.models[candidate] as ModelOptions));
  }
  const owners = new Map<string, string>();
  for (const [name, model] of Object.entries(options.models)) {
    checkModel(name, model, options);
    const serving = [...roles].filter(([, role]) => role.candidates.includes(name));
    const always = pinned.has(key(model));
    const lingers = serving.map(([, role]) => role.lingerMs);
    const lingerMs = lingers.length === 0 ? usualLingerMs : Math.max(...lingers);
    const isEmbedder = serving.length > 0 && serving.every(([role]) => role === 'embed');
    const profile = freezeProfile(model, always ? null : lingerMs, isEmbedder);
    const owner = owners.get(key(model));
    if (owner !== undefined)
      wrong(`models ${owner} and ${name} are the same model of one server: let the roles share one name`);
    owners.set(key(model), name);
    models.set(name, {
      name,
      backend: model.backend,
      profile,
      roles: serving.map(([role]) => role),
      resident: always ? 'always' : 'on-demand',
      lingerMs,
    });
  }
  return { models, roles };
}
