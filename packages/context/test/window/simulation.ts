import type { ModelMessage, ToolCall } from '../../src/types.js';
import { type FitInput, type FitPlan, fitWindow } from '../../src/window/fit.js';
import { blockText, type CurrentBlock } from '../../src/window/layout.js';
import { renderWindow } from '../../src/window/render-window.js';
import { groupUnits } from '../../src/window/units.js';
import type {
  EpochState,
  Measure,
  Piece,
  Pin,
  RecallLine,
  WindowMessage,
  WindowSummary,
} from '../../src/window/window-data.js';

/** Four characters are a token. */
export const quarter: Measure = {
  count: (text) => Math.ceil(text.length / 4),
  ends: (text, headTokens, tailTokens) => {
    const head = Math.min(text.length, headTokens * 4);
    const tail = Math.min(text.length - head, tailTokens * 4);
    return { head, tail, tokens: Math.ceil((head + tail) / 4) };
  },
};

/** A text of exactly so many tokens, whose words differ by `mark`. */
export function textOf(tokens: number, mark = 'w'): string {
  return `${mark} `.repeat(Math.ceil((tokens * 4) / (mark.length + 1))).slice(0, tokens * 4);
}

/** A message of so many tokens. */
export function message(
  seq: number,
  role: WindowMessage['role'],
  tokens: number,
  extra: Partial<WindowMessage> = {},
): WindowMessage {
  const text = extra.text ?? textOf(tokens, `${role[0]}${seq}`);
  const calls: readonly ToolCall[] = extra.toolCalls ?? [];
  return {
    id: `m${seq}`,
    seq,
    role,
    text,
    extraTokens: 0,
    toolCalls: calls,
    toolCallId: null,
    toolName: null,
    ...extra,
    tokens:
      quarter.count(text) + (calls.length > 0 ? quarter.count(JSON.stringify(calls)) : 0) + (extra.extraTokens ?? 0),
  };
}

/** A call of a tool. */
export const call = (id: string, name = 'read_file'): ToolCall => ({ id, name, arguments: {} });

/** A text with its tokens. */
export const piece = (text: string): Piece => ({ text, tokens: quarter.count(text) });

/** A pin of so many tokens; younger with a greater number. */
export function pin(number: number, tokens: number, kind: Pin['kind'] = 'instruction'): Pin {
  const text = textOf(tokens, `p${number}`).trim();
  return { id: `pin${number}`, kind, text, tokens, createdAtMs: number };
}

/** A summary of so many tokens. */
export function summary(fromSeq: number, toSeq: number, tokens: number, level = 0): WindowSummary {
  const id = `s${level}-${fromSeq}`;
  return { id, level, fromSeq, toSeq, tokens, text: textOf(tokens, id).trim() };
}

/** Lines of recalled text; the last one is the best. */
export function recallLines(...tokens: readonly number[]): RecallLine[] {
  return tokens.map((size, index) => ({
    id: `r${index}`,
    day: '2026-10-02',
    text: textOf(size, `r${index}`).trim(),
    relevance: index / 10,
  }));
}

/** An input with nothing in it; `messages` become its units. */
export function fitInput(
  contextTokens: number,
  messages: readonly WindowMessage[],
  extra: Partial<FitInput> & {
    readonly blocks?: ReadonlyMap<number, Piece>;
    readonly recall?: readonly RecallLine[];
  } = {},
): FitInput {
  const { blocks = new Map(), recall = [], ...rest } = extra;
  return {
    window: { contextTokens },
    rule: { kind: 'exact' },
    budgetCap: Number.POSITIVE_INFINITY,
    isRetry: false,
    isAutomatic: true,
    system: piece(''),
    toolTokens: 0,
    templateTokens: 0,
    pins: [],
    summaries: () => [],
    state: null,
    hasChanged: false,
    units: groupUnits(messages, blocks),
    block: (): CurrentBlock => ({ kind: 'new', parts: { date: null, news: [], recall } }),
    measure: quarter,
    ...rest,
  };
}

/** What of a plan the next fit starts from. */
export function stateOf({ draft }: FitPlan): EpochState {
  const { epoch, firstSeq, system, pins, omittedPins, summaries, cuts } = draft;
  return { epoch, firstSeq, system, pins, omittedPins, summaries, cuts };
}

/** A conversation whose windows are made one after the other, as the service makes them. */
export class Simulation {
  readonly messages: WindowMessage[] = [];
  readonly blocks = new Map<number, Piece>();
  readonly input: Partial<FitInput>;
  readonly contextTokens: number;
  state: EpochState | null = null;

  constructor(contextTokens: number, input: Partial<FitInput> = {}) {
    this.contextTokens = contextTokens;
    this.input = input;
  }

  append(role: WindowMessage['role'], tokens: number, extra: Partial<WindowMessage> = {}): WindowMessage {
    const made = message(this.messages.length + 1, role, tokens, extra);
    this.messages.push(made);
    return made;
  }

  fit(recall: readonly RecallLine[] = []): { plan: FitPlan; messages: readonly ModelMessage[]; stable: number } {
    const firstSeq = this.state?.firstSeq ?? 1;
    const current = this.messages.findLast(({ role }) => role === 'user')?.seq ?? 1;
    const stored = this.blocks.get(current);
    const plan = fitWindow({
      ...fitInput(
        this.contextTokens,
        this.messages.filter(({ seq }) => seq >= firstSeq),
        { blocks: this.blocks, recall, ...this.input },
      ),
      state: this.state,
      ...(stored && { block: () => ({ kind: 'stored' as const, ...stored }) }),
    });
    this.state = stateOf(plan);
    const text = blockText(plan.draft.block);
    if (text !== '' || stored) this.blocks.set(current, piece(text));
    const { messages, stableMessages } = renderWindow(plan.draft);
    return { plan, messages, stable: stableMessages };
  }
}
