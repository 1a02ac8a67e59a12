import { isInstruction } from './epoch.js';
import type { FitPlan } from './fit.js';
import { unitTokens } from './layout.js';
import type { LoadedWindow } from './load-window.js';
import type { ExplainedLine } from './types.js';
import { type Measure, messageOverheadTokens, type Pin, type Unit, type WindowSummary } from './window-data.js';

/** Most messages that left and are named. */
const mostLeft = 100;

/** Says of each part what it takes, where it is and why, in the order of the prompt. */
export function explainPlan(
  plan: FitPlan,
  all: {
    readonly system: LoadedWindow['system'];
    readonly pins: readonly Pin[];
    readonly summaries: readonly WindowSummary[];
    /** Messages that are out, oldest first. */
    readonly out: readonly { readonly id: string; readonly seq: number; readonly tokens: number }[];
  },
  measure: Measure,
): ExplainedLine[] {
  const { draft } = plan;
  const lines: ExplainedLine[] = [];
  if (draft.system.text !== '') {
    const [only] = all.system;
    const isOne = all.system.length === 1 && only !== undefined;
    lines.push({
      what: 'system',
      id: isOne ? only.id : null,
      seq: isOne ? only.seq : null,
      tokens: draft.system.tokens,
      place: 'in',
      why: 'always',
    });
  }
  for (const pin of draft.pins) lines.push(pinLine(pin, 'in', isInstruction(pin) ? 'always' : 'pinned'));
  for (const summary of draft.summaries) lines.push(summaryLine(summary, 'in', 'covers-what-left'));
  for (const unit of draft.earlier) lines.push(...unitLines(unit, plan, 'in-epoch', measure));
  if (draft.current) {
    if (plan.tokens.recall > 0) {
      lines.push({
        what: 'block',
        id: null,
        seq: draft.current.firstSeq,
        tokens: plan.tokens.recall,
        place: 'in',
        why: 'current-turn',
      });
    }
    lines.push(...unitLines({ ...draft.current, block: null }, plan, 'current-turn', measure));
  }
  const shownPins = new Set(draft.pins.map(({ id }) => id));
  for (const pin of all.pins) if (!shownPins.has(pin.id)) lines.push(pinLine(pin, 'out', 'no-room'));
  const shownSummaries = new Set(draft.summaries.map(({ id }) => id));
  for (const summary of all.summaries) {
    if (!shownSummaries.has(summary.id)) lines.push(summaryLine(summary, 'out', whyOut(summary, plan)));
  }
  for (const { id, seq, tokens } of all.out.slice(-mostLeft)) {
    lines.push({ what: 'message', id, seq, tokens, place: 'out', why: 'evicted' });
  }
  return lines;
}

function whyOut({ fromSeq, toSeq }: WindowSummary, { draft }: FitPlan): ExplainedLine['why'] {
  const isCovered =
    fromSeq >= draft.firstSeq || draft.summaries.some((other) => other.fromSeq <= toSeq && other.toSeq >= fromSeq);
  return isCovered ? 'covered' : 'no-room';
}

function pinLine({ id, tokens }: Pin, place: ExplainedLine['place'], why: ExplainedLine['why']): ExplainedLine {
  return { what: 'pin', id, seq: null, tokens, place, why };
}

function summaryLine(
  { id, fromSeq, tokens }: WindowSummary,
  place: ExplainedLine['place'],
  why: ExplainedLine['why'],
): ExplainedLine {
  return { what: 'summary', id, seq: fromSeq, tokens, place, why };
}

function unitLines(
  unit: Unit,
  { draft }: FitPlan,
  why: 'in-epoch' | 'current-turn',
  measure: Measure,
): ExplainedLine[] {
  const lines: ExplainedLine[] = [];
  if (unit.block)
    lines.push({ what: 'block', id: null, seq: unit.firstSeq, tokens: unit.block.tokens, place: 'in', why });
  for (const message of unit.messages) {
    const cut = draft.cuts.get(message.seq);
    const alone = { ...unit, block: null, messages: [message] };
    lines.push({
      what: 'message',
      id: message.id,
      seq: Math.floor(message.seq),
      tokens: cut?.keep === 'nothing' ? 0 : unitTokens(alone, draft.cuts, measure) - messageOverheadTokens,
      place: cut ? 'shortened' : 'in',
      why,
    });
  }
  return lines;
}
