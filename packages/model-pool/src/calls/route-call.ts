import type { ModelPoolError } from '../errors.js';
import type { CandidateView, Capability, RouteView } from '../routing/candidates.js';
import { chooseRoute } from '../routing/choose-route.js';
import type { CheckedRequest } from './checked-request.js';
import type { PoolParts } from './pool-parts.js';

const text: readonly Capability[] = Object.freeze(['completion'] as const);
const textWithTools: readonly Capability[] = Object.freeze(['completion', 'tools'] as const);
const vectors: readonly Capability[] = Object.freeze(['embedding'] as const);

function needsOf({ operation, tools, toolChoice }: CheckedRequest): readonly Capability[] {
  if (operation === 'embed') return vectors;
  return tools.length > 0 && toolChoice !== 'none' ? textWithTools : text;
}

/** Tokens of the longest text: each has a context of its own. */
function longestTokens(texts: readonly string[], { countTokens }: PoolParts): number {
  return texts.reduce((most, text) => Math.max(most, countTokens(text)), 0);
}

/** Puts a request, what is left of its candidates and the state of the pool together for a route. */
export class CallRouter {
  readonly #parts: PoolParts;
  readonly #request: CheckedRequest;
  readonly #promptTokens: number;
  readonly #needs: readonly Capability[];

  constructor(parts: PoolParts, request: CheckedRequest, promptTokens: number) {
    this.#parts = parts;
    this.#request = request;
    this.#promptTokens = request.operation === 'embed' ? longestTokens(request.input, parts) : promptTokens;
    this.#needs = needsOf(request);
  }

  /** What a route depends on now. Nothing in it changes afterwards. */
  view(failed: ReadonlyMap<string, ModelPoolError>): RouteView {
    const { role, maxOutputTokens, preferredModel, coverWhileLoading } = this.#request;
    const { candidates, standIn } = this.#parts;
    const views: CandidateView[] = [];
    const add = (name: string, part: CandidateView['part']) => {
      const view = views.some((other) => other.name === name) ? null : this.#candidate(name, part, failed);
      if (view !== null) views.push(view);
    };
    for (const name of candidates(role)) add(name, 'own');
    // One whose own model is there needs nobody to stand in.
    const instead = views.some(({ state }) => state === 'resident') ? null : standIn(role);
    if (instead !== null) add(instead, 'stand-in');
    if (coverWhileLoading) for (const name of candidates('ux')) add(name, 'cover');
    return {
      role,
      needs: this.#needs,
      promptTokens: this.#promptTokens,
      wantedTokens: maxOutputTokens ?? 0,
      preferred: preferredModel,
      candidates: views,
    };
  }

  /** Name of the model of `ux` that could answer at once; `null` = none can. */
  findCover(failed: ReadonlyMap<string, ModelPoolError>): string | null {
    const views = this.#parts
      .candidates('ux')
      .flatMap((name) => this.#candidate(name, 'cover', failed) ?? [])
      .filter(({ state, pausedMs }) => state === 'resident' && pausedMs === 0);
    const { role, maxOutputTokens } = this.#request;
    const promptTokens = this.#promptTokens;
    const wantedTokens = maxOutputTokens ?? 0;
    return chooseRoute({ role, needs: this.#needs, promptTokens, wantedTokens, preferred: null, candidates: views })
      .chosen;
  }

  #candidate(
    name: string,
    part: CandidateView['part'],
    failed: ReadonlyMap<string, ModelPoolError>,
  ): CandidateView | null {
    const { runtimes, monitors, configuration } = this.#parts;
    const runtime = runtimes.get(name);
    if (runtime === undefined) return null;
    const { configured, state, contextTokens, isInstalled, restMs, backend } = runtime;
    const monitor = monitors.get(backend.name);
    const wantsResident = configuration.roles.get(this.#request.role)?.resident === 'always';
    return {
      name,
      part,
      state,
      isBorrowed: configured.resident === 'always' && !wantsResident,
      contextTokens,
      capabilities: monitor?.installed(configured.profile.model)?.capabilities ?? null,
      isInstalled,
      isBackendOpen: monitor?.isOpen ?? false,
      pausedMs: monitor?.pausedMs ?? 0,
      coolDownMs: restMs,
      failedWith: failed.get(name)?.code ?? null,
    };
  }
}
