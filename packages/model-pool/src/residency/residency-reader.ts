import type { BackendMonitor } from '../health/backend-monitor.js';
import type { Configuration } from '../roles/configuration.js';
import type { RoleOrder } from '../roles/role-order.js';
import type { Clock, Lane, Role } from '../types.js';
import {
  chooseResidency,
  chooseResident,
  type HolderView,
  type ResidencySnapshot,
  type ResidentView,
} from './desired.js';
import type { ModelRuntime } from './runtime.js';
import { planRestore } from './swap.js';
import type { Traffic } from './traffic.js';

/** What a reader is made of. */
export interface ResidencyReaderParts {
  /** Roles and models. */
  readonly configuration: Configuration;
  /** Candidates in their order. */
  readonly order: RoleOrder;
  /** Servers. */
  readonly monitors: ReadonlyMap<string, BackendMonitor>;
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** What calls come. */
  readonly traffic: Traffic;
  /** Calls that wait in a lane. */
  readonly waiting: (lane: Lane) => number;
  /** For how long a model that took another's place has no work before it gives it back, ms. */
  readonly restoreAfterMs: number;
  /** Time. */
  readonly clock: Clock;
}

/** Reads who should be in memory and who is. Everything here is advisory: who acts asks the owner of the state. */
export class ResidencyReader {
  readonly #parts: ResidencyReaderParts;
  readonly #pinned = new Set<string>();

  constructor(parts: ResidencyReaderParts) {
    this.#parts = parts;
  }

  /** Names of models that were pinned by hand. */
  get pinned(): ReadonlySet<string> {
    return this.#pinned;
  }

  /** Keeps a model in memory from now on. */
  pin(runtime: ModelRuntime): void {
    runtime.pin();
    this.#pinned.add(runtime.name);
  }

  /** Takes {@link pin} back. */
  unpin(runtime: ModelRuntime): void {
    runtime.unpin();
    this.#pinned.delete(runtime.name);
  }

  /** Names of the candidates of each role that wants one in memory, and of each pinned model. */
  groups(): (readonly string[])[] {
    const { configuration, order } = this.#parts;
    const roles = [...configuration.roles].filter(([, { resident }]) => resident === 'always');
    return [...roles.map(([role]) => order.candidates(role)), ...[...this.#pinned].map((name) => [name])];
  }

  /** All groups as they are now. */
  snapshot(): ResidencySnapshot {
    return { groups: this.groups().map((names) => this.#group(names)) };
  }

  /** The candidate of a role that is to be in memory, else its first. */
  first(role: Role): ModelRuntime | null {
    const names = this.#parts.order.candidates(role);
    return this.#parts.runtimes.get(this.chosen(names) ?? names[0] ?? '') ?? null;
  }

  /** Name of the one of a group that is to be in memory; `null` = none can. */
  chosen(names: readonly string[]): string | null {
    return chooseResident(this.#group(names))?.name ?? null;
  }

  /** Name of the model that answers a role's calls while the memory of its own is needed; `null` = its own one does. */
  standIn(role: Role): string | null {
    const { configuration, order } = this.#parts;
    if (configuration.roles.get(role)?.resident !== 'always') return null;
    const group = this.#group(order.candidates(role));
    const [action] = chooseResidency({ groups: [group] });
    return action?.action === 'wait' ? (chooseResident(group)?.holder?.name ?? null) : null;
  }

  /** Name of the on-demand model that came to the same server since a model was last seen there; `null` = none did. */
  displacer(runtime: ModelRuntime): string | null {
    for (const other of this.#parts.runtimes.values()) {
      if (other === runtime || other.backend !== runtime.backend || other.isPinned) continue;
      const cameSince = other.state === 'resident' && other.inStateMs <= runtime.unseenMs;
      if (other.state === 'loading' || cameSince) return other.name;
    }
    return null;
  }

  /** Calls that wait for a model, those of `ux` left out: they are answered meanwhile. */
  waitingFor({ configured }: ModelRuntime): number {
    const { configuration, waiting } = this.#parts;
    const lanes = new Set(configured.roles.flatMap((role) => configuration.roles.get(role)?.lane ?? []));
    lanes.delete('ux');
    return [...lanes].reduce((sum, lane) => sum + waiting(lane), 0);
  }

  #group(names: readonly string[]): ResidentView[] {
    const { runtimes } = this.#parts;
    return names.flatMap((name) => runtimes.get(name) ?? []).map((runtime) => this.#view(runtime));
  }

  #view(runtime: ModelRuntime): ResidentView {
    const { name, state, isManaged, isInstalled, restMs, loaded, backend } = runtime;
    const { monitors, clock } = this.#parts;
    const expiresAtMs = loaded?.expiresAtMs ?? null;
    return {
      name,
      state,
      isManaged,
      isInstalled,
      restMs: Math.round(restMs),
      isBackendUp: monitors.get(backend.name)?.isUp ?? false,
      expiresInMs: expiresAtMs === null ? null : Math.round(expiresAtMs - clock.now()),
      holder: state === 'resident' || state === 'loading' ? null : this.#holder(runtime),
    };
  }

  #holder({ heldBackBy, facts }: ModelRuntime): HolderView | null {
    const { runtimes, traffic, clock, restoreAfterMs } = this.#parts;
    const holder = runtimes.get(heldBackBy ?? '');
    if (holder === undefined || holder.state === 'absent' || holder.state === 'failed') return null;
    const nowMs = clock.now();
    const afterMs = planRestore({
      restoreAfterMs,
      uxDueMs: traffic.dueMs('ux', nowMs),
      restoreMs: facts.loads.quantile(0.5),
      loadMs: holder.facts.loads.quantile(0.5),
      planningDueMs: traffic.dueMs('planning', nowMs),
    });
    const isWorking = !holder.isIdle || this.waitingFor(holder) > 0;
    const emptyForMs = isWorking ? null : Math.round(holder.idleMs);
    return { name: holder.name, emptyForMs, restoreAfterMs: Math.round(afterMs) };
  }
}
