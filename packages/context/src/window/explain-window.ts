import type { CallOptions, ModelWindow } from '../types.js';
import { explainPlan } from './explain.js';
import { createFitter, type FitLimits, type FitterParts } from './fitter.js';
import { asPin } from './make-input.js';
import { leftAfter } from './save-window.js';
import type { WindowExplanation } from './types.js';

/** Messages that left and are looked up, the newest ones. */
const mostLeft = 100;

/** Says what the next prompt of a conversation holds, and why. Stores nothing. */
export async function explainWindow(
  parts: FitterParts,
  conversationId: string,
  model: ModelWindow,
  limits: FitLimits,
  call: CallOptions,
): Promise<WindowExplanation> {
  const made = await createFitter(parts).plan({ conversationId, model: model.model }, model, limits, call);
  const { loaded, plan, measure } = made;
  const { draft, tokens } = plan;
  const rows = await parts.store.read(
    (queries) =>
      queries.messages.range(conversationId, {
        toSeq: draft.firstSeq - 1,
        roles: ['user', 'assistant', 'tool'],
        newestFirst: true,
        limit: mostLeft,
      }),
    call,
  );
  const counted = await parts.counts.of(rows, model, call);
  const out = rows.map(({ num, id, seq }) => ({ id, seq, tokens: counted.get(num)!.tokens })).reverse();
  const pins = loaded.pins.map((pin) => asPin(pin, measure));
  return {
    windowTokens: model.contextTokens,
    budgetTokens: plan.budgetTokens,
    tokens: {
      ...tokens,
      margin: plan.marginTokens,
      reserve: plan.reserveTokens,
      total: plan.totalTokens,
      exact: false,
    },
    epoch: draft.epoch,
    left: await leftAfter(parts, loaded, plan, call),
    lines: explainPlan(plan, { system: loaded.system, pins, summaries: loaded.summaries, out }, measure),
  };
}
