import type { Role } from '../types.js';
import type { Configuration } from './configuration.js';

/** The order of the candidates of each role: as configured, behind them those that turned out too slow. */
export class RoleOrder {
  readonly #configuration: Configuration;
  readonly #slow = new Map<Role, Set<string>>();

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  /** Names of models, the one to prefer first. */
  candidates(role: Role): readonly string[] {
    const names = this.#configuration.roles.get(role)?.candidates ?? [];
    const slow = this.#slow.get(role);
    if (slow === undefined) return names;
    return [...names.filter((name) => !slow.has(name)), ...names.filter((name) => slow.has(name))];
  }

  /** Puts a model behind the others. Returns who stands first now; `null` = it stays, as the role has no other or does not allow it. */
  stepDown(role: Role, name: string): string | null {
    const configured = this.#configuration.roles.get(role);
    if (configured?.stepDown !== true || this.candidates(role)[0] !== name) return null;
    const slow = this.#slow.get(role) ?? new Set<string>();
    if (configured.candidates.every((other) => other === name || slow.has(other))) return null;
    this.#slow.set(role, slow.add(name));
    return this.candidates(role)[0] ?? null;
  }
}
