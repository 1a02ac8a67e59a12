import { plainName } from '../backends/model-name.js';
import { estimateNeedBytes } from '../memory/need.js';
import type { InstalledModel } from '../status.js';

/** A model for a role. */
export interface ChosenModel {
  /** The model's name on its server. */
  readonly model: string;
  /** Context to give it, tokens. */
  readonly contextTokens: number;
}

/** Which models serve the roles. The same object twice = one model for both. */
export interface ModelChoice {
  /** The small one. */
  readonly ux: ChosenModel;
  /** The large one. */
  readonly planning: ChosenModel;
  /** What both need together, bytes. */
  readonly needBytes: number;
  /** `ladder` = a tried pair; `size` = the smallest and the largest of what is there. */
  readonly basis: 'ladder' | 'size';
}

/** What a choice depends on. */
export interface ChooseModelsOptions {
  /** Memory for all models, bytes. */
  readonly budgetBytes: number;
  /** Models that are installed. */
  readonly available: readonly Pick<
    InstalledModel,
    'model' | 'bytes' | 'kvBytesPerToken' | 'capabilities' | 'contextTokens'
  >[];
}

interface Rung {
  readonly budgetBytes: number;
  readonly ux: string;
  readonly uxTokens: number;
  readonly planning: string;
  readonly planningTokens: number;
}

const rung = (gigabytes: number, ux: string, uxTokens: number, planning: string, planningTokens: number): Rung => ({
  budgetBytes: gigabytes * 1e9,
  ux,
  uxTokens,
  planning,
  planningTokens,
});

/** Planning quality first, then ux. */
const ladder: readonly Rung[] = [
  rung(18.2, 'qwen2.5:7b', 8192, 'qwen3:14b', 16384),
  rung(14.0, 'qwen2.5:1.5b', 8192, 'qwen3:14b', 16384),
  rung(12.7, 'qwen2.5:1.5b', 8192, 'qwen3:14b', 8192),
  rung(9.7, 'qwen2.5:1.5b', 8192, 'qwen3:8b', 16384),
  rung(7.0, 'qwen2.5:1.5b', 8192, 'qwen3:4b-instruct', 16384),
  rung(5.8, 'qwen2.5:1.5b', 8192, 'qwen3:4b-instruct', 8192),
  rung(4.2, 'qwen2.5:1.5b', 8192, 'qwen3:1.7b', 8192),
  rung(1.6, 'qwen2.5:1.5b', 8192, 'qwen2.5:1.5b', 8192),
  rung(0.8, 'qwen2.5:0.5b', 8192, 'qwen2.5:0.5b', 8192),
];

const contexts = [16_384, 8_192, 4_096, 2_048];
const embedders = /embed|minilm|(^|[/:-])bge/i;
/** Builds that cannot be told not to think: nothing for a quick answer. */
const thinkers = /^qwen3:4b$|thinking|deepseek-r1/i;

/**
 * The first rung of the ladder that fits and whose models are installed; where there is none, the smallest chat model for
 * `ux` and the largest that fits beside it for `planning`, one for both if only one fits. `null` = nothing fits.
 */
export function chooseModels({ budgetBytes, available }: ChooseModelsOptions): ModelChoice | null {
  const named = new Map(available.map((model) => [plainName(model.model), model]));
  const need = (name: string, tokens: number) => {
    const model = named.get(name);
    return model === undefined ? 0 : estimateNeedBytes(model, tokens);
  };
  for (const { ux, uxTokens, planning, planningTokens, budgetBytes: least } of ladder) {
    const small = named.get(ux);
    const large = named.get(planning);
    if (budgetBytes < least || small === undefined || large === undefined) continue;
    const first = { model: small.model, contextTokens: uxTokens };
    if (small === large) return { ux: first, planning: first, needBytes: need(ux, uxTokens), basis: 'ladder' };
    const second = { model: large.model, contextTokens: planningTokens };
    return {
      ux: first,
      planning: second,
      needBytes: need(ux, uxTokens) + need(planning, planningTokens),
      basis: 'ladder',
    };
  }
  return chooseBySize({ budgetBytes, available });
}

function chooseBySize({ budgetBytes, available }: ChooseModelsOptions): ModelChoice | null {
  const chat = available
    .filter(({ model, capabilities }) =>
      capabilities === null ? !embedders.test(model) : capabilities.includes('completion'),
    )
    .sort((a, b) => a.bytes - b.bytes);
  const quick = chat.filter(({ model }) => !thinkers.test(plainName(model)));
  const fit = (model: (typeof chat)[number], most: number, bytes: number) => {
    const limit = model.contextTokens ?? Number.POSITIVE_INFINITY;
    const sizes = [...new Set(contexts.filter((tokens) => tokens <= most).map((tokens) => Math.min(tokens, limit)))];
    const contextTokens = sizes.find((tokens) => estimateNeedBytes(model, tokens) <= bytes);
    return contextTokens === undefined ? null : { contextTokens, needBytes: estimateNeedBytes(model, contextTokens) };
  };
  const small = quick[0] ?? chat[0];
  const ux = small === undefined ? null : fit(small, 8_192, budgetBytes);
  if (small === undefined || ux === null) return null;
  const first = { model: small.model, contextTokens: ux.contextTokens };
  for (const large of [...chat].reverse()) {
    if (large === small) break;
    const planning = fit(large, 16_384, budgetBytes - ux.needBytes);
    if (planning === null || planning.contextTokens < Math.min(4_096, large.contextTokens ?? 4_096)) continue;
    const second = { model: large.model, contextTokens: planning.contextTokens };
    return { ux: first, planning: second, needBytes: ux.needBytes + planning.needBytes, basis: 'size' };
  }
  return { ux: first, planning: first, needBytes: ux.needBytes, basis: 'size' };
}
