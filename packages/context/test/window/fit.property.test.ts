import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ContextError } from '../../src/errors.js';
import type { ModelMessage } from '../../src/types.js';
import type { MarginRule } from '../../src/window/margin.js';
import type { WindowSummary } from '../../src/window/window-data.js';
import {
  call,
  fitInput,
  message,
  piece,
  pin,
  quarter,
  recallLines,
  Simulation,
  summary,
  textOf,
} from './simulation.js';

const sizes = fc.oneof(
  { weight: 24, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 6, arbitrary: fc.integer({ min: 300, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 3_000, max: 40_000 }) },
);

interface Turn {
  readonly user: number;
  readonly answer: number;
  /** Sizes of results; each list is one step of the turn. */
  readonly tools: readonly (readonly number[])[];
  readonly recall: readonly number[];
  readonly isCut: boolean;
}

const turns: fc.Arbitrary<Turn> = fc.record({
  user: sizes,
  answer: fc.oneof({ weight: 9, arbitrary: sizes }, { weight: 1, arbitrary: fc.constant(0) }),
  tools: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.array(sizes, { minLength: 1, maxLength: 3 }), { maxLength: 12 }) },
  ),
  recall: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 5, max: 120 }), { maxLength: 8 }) },
  ),
  isCut: fc.boolean(),
});

const histories = fc.record({
  contextTokens: fc.constantFrom(512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 131_072),
  answerTokens: fc.option(fc.integer({ min: 16, max: 20_000 }), { nil: undefined }),
  share: fc.option(
    fc.integer({ min: 0, max: 50 }).map((percent) => percent / 100),
    { nil: undefined },
  ),
  systemTokens: fc.integer({ min: 0, max: 250 }),
  toolTokens: fc.constantFrom(0, 0, 40, 200),
  pins: fc.array(
    fc.tuple(
      fc.integer({ min: 3, max: 80 }),
      fc.constantFrom('instruction' as const, 'preference' as const, 'fact' as const),
    ),
    { maxLength: 20 },
  ),
  turns: fc.array(turns, { minLength: 1, maxLength: 14 }),
  lowShare: fc.constantFrom(0.3, 0.5, 0.75),
});

/** Each call has its results right behind it, each result its call. */
function brokenPairs(messages: readonly ModelMessage[]): string[] {
  const broken: string[] = [];
  let open: string[] = [];
  for (const { role, toolCalls, toolCallId } of messages) {
    if (role === 'tool') {
      if (!open.includes(toolCallId!)) broken.push(`result ${toolCallId}`);
      open = open.filter((id) => id !== toolCallId);
      continue;
    }
    broken.push(...open.map((id) => `call ${id}`));
    open = (toolCalls ?? []).map(({ id }) => id);
  }
  return [...broken, ...open.map((id) => `call ${id}`)];
}

/** What the prompt takes, counted from its rendered form alone. */
function promptTokens(messages: readonly ModelMessage[], toolTokens: number): number {
  const counted = messages.map(
    ({ content, toolCalls }) => quarter.count(content) + (toolCalls ? quarter.count(JSON.stringify(toolCalls)) : 0) + 5,
  );
  return counted.reduce((sum, tokens) => sum + tokens, 3 + toolTokens);
}

it('no history makes a window that is too large, breaks a pair, loses an instruction or changes what was sent', () => {
  let fits = 0;
  fc.assert(
    fc.property(histories, (history) => {
      const rule: MarginRule =
        history.share === undefined ? { kind: 'exact' } : { kind: 'estimate', share: history.share };
      const pins = history.pins.map(([tokens, kind], index) => pin(index, tokens, kind));
      const simulation = new Simulation(history.contextTokens, {
        window: { contextTokens: history.contextTokens, answerTokens: history.answerTokens },
        rule,
        low: history.lowShare,
        system: piece(textOf(history.systemTokens, 'sys')),
        toolTokens: history.toolTokens,
        pins,
        summaries: (firstSeq) => summariesBefore(firstSeq),
      });
      let sent: readonly ModelMessage[] = [];
      let firstSeq = 0;

      const check = (recall: readonly number[]) => {
        const before = simulation.state;
        let made: ReturnType<Simulation['fit']>;
        try {
          made = simulation.fit(recallLines(...recall));
        } catch (error) {
          if (ContextError.isInstance(error) && error.code === 'window-too-small') return false;
          throw error;
        }
        fits++;
        const { plan, messages } = made;
        const { tokens } = plan;
        const sum =
          tokens.system + tokens.tools + tokens.pins + tokens.summary + tokens.history + tokens.recall + tokens.current;
        holds(plan.totalTokens === sum, 'the total is the sum of the parts');
        holds(sum + plan.marginTokens + plan.reserveTokens <= history.contextTokens, 'prompt, margin and answer fit');
        // Rounding of a quarter of a character a part, and joints of two characters.
        holds(
          promptTokens(messages, history.toolTokens) <= sum + messages.length + 3,
          'the prompt is what was counted',
        );
        holds(brokenPairs(messages).length === 0, `every call has its result: ${brokenPairs(messages)}`);
        holds(plan.draft.firstSeq >= firstSeq, 'the first place never falls');
        firstSeq = plan.draft.firstSeq;

        if (before && plan.epochReason === null) holds(begins(messages, sent), 'inside an epoch the prompt only grows');
        const epochs = plan.epochReason === null ? 0 : 1;
        holds(plan.draft.epoch === (before?.epoch ?? 0) + epochs, 'epochs are counted');
        sent = messages;

        const head = messages[0]?.role === 'system' ? messages[0].content : '';
        const instructions = pins.filter(({ kind }) => kind === 'instruction');
        const shown = instructions.filter(({ text }) => head.includes(text)).length;
        const hidden = Number(/\((\d+) older/.exec(head)?.[1] ?? 0);
        holds(shown + hidden >= instructions.length, 'instructions are shown or counted');

        const current = simulation.messages.findLast(({ role }) => role === 'user')!;
        const shownText = messages.findLast(({ role }) => role === 'user')!.content;
        holds(
          shownText.includes(current.text) || shownText.includes(`message ${current.id}]`),
          'the current text is shown or marked',
        );
        if (plan.epochReason === null) return true;
        for (const { id, text, seq } of simulation.messages.filter((kept) => kept.seq >= firstSeq)) {
          const isKept = isShownOrMarked(id, text, seq, messages, plan.draft.cuts.get(seq)?.keep);
          holds(isKept, `nothing is cut without a marker: ${id}`);
        }
        return true;
      };

      for (const turn of history.turns) {
        simulation.append('user', turn.user);
        if (!check(turn.recall)) return;
        for (const results of turn.tools) {
          const ids = results.map((_, index) => `c${simulation.messages.length}-${index}`);
          simulation.append('assistant', 4, { toolCalls: ids.map((id) => call(id)) });
          for (const [index, size] of results.entries()) {
            if (turn.isCut && index > 0) continue; // Interrupted: the call never got its result.
            simulation.append('tool', size, { toolCallId: ids[index]!, toolName: 'read_file' });
          }
          if (!check([])) return;
        }
        if (turn.answer > 0) simulation.append('assistant', turn.answer);
      }
    }),
    { numRuns: Number(process.env.TALE_PROPERTY_RUNS ?? 10_000) },
  );
  expect(fits).toBeGreaterThan(1_000);
}, 600_000);

/** Plainer than an assertion library: it is asked a million times. */
function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

function begins(longer: readonly ModelMessage[], shorter: readonly ModelMessage[]): boolean {
  return shorter.every((message, index) => {
    const other = longer[index];
    return (
      other?.content === message.content &&
      other.role === message.role &&
      JSON.stringify(other.toolCalls) === JSON.stringify(message.toolCalls) &&
      other.toolCallId === message.toolCallId &&
      other.toolName === message.toolName
    );
  });
}

function isShownOrMarked(
  id: string,
  text: string,
  seq: number,
  messages: readonly ModelMessage[],
  keep: string | undefined,
): boolean {
  const all = messages.some(({ content }) => content.includes(text));
  if (all) return true;
  if (keep === undefined) return false;
  if (keep !== 'nothing') return messages.some(({ content }) => content.includes(`message ${id}]`));
  return messages.some(({ content }) => {
    const [, from, to] = /messages? m(\d+)(?: to m(\d+))?\]/.exec(content.slice(content.lastIndexOf('[…'))) ?? [];
    return from !== undefined && Number(from) <= seq && seq <= Number(to ?? from);
  });
}

function summariesBefore(firstSeq: number): WindowSummary[] {
  const made: WindowSummary[] = [];
  for (let from = 1; from + 3 < firstSeq; from += 4) made.push(summary(from, from + 3, 60 + (from % 90)));
  if (firstSeq > 17) made.push(summary(1, 16, 150, 1));
  return made;
}

it('the same input gives the same window', () => {
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 1, maxLength: 30 }), (list) => {
      const messages = list.map((tokens, index) => message(index + 1, index % 2 === 0 ? 'user' : 'assistant', tokens));
      const fit = () => {
        const made = new Simulation(8_192, fitInput(8_192, messages));
        made.messages.push(...messages);
        return made.fit(recallLines(100, 30)).messages;
      };
      expect(fit()).toEqual(fit());
    }),
    { numRuns: 300 },
  );
});
