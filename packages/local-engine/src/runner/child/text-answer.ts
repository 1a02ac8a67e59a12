import type { Violation } from '../../format/validate.js';
import type { CallResult, ChatMessage, TextCall } from '../protocol.js';
import { type AnswerOptions, toEvaluationPriority } from './answer-options.js';
import { RunnerFailure } from './failure.js';
import type { Formats, PreparedFormat } from './format.js';
import { generate } from './generate.js';
import type { Prefill } from './prefill.js';
import { type PromptParts, preparePrompt } from './prompt.js';
import type { Slots } from './slots.js';
import type { ThreadControl } from './thread-control.js';
import type { Turns } from './turns.js';

/** What text is answered with. */
export interface TextParts extends PromptParts {
  /** See `deriveCapabilities`. */ readonly capabilities: readonly string[];
  readonly slots: Slots;
  readonly turns: Turns;
  readonly prefill: Prefill;
  readonly formats: Formats;
  readonly threads: ThreadControl;
  readonly createId: () => string;
  /** Elapsing ms. */ readonly now: () => number;
}

/** One attempt at an answer. */
interface Attempt {
  readonly text: string;
  readonly result: CallResult;
}

/**
 * Answers a call with text. Where a schema has keywords that no grammar holds, the text is kept until it is checked; an answer that
 * breaks them is told so and made once again, and what still breaks them is reported.
 *
 * @throws RunnerFailure `context-exceeded`, `invalid-format`, `not-capable`; the signal's reason
 */
export async function answerText(call: TextCall, options: AnswerOptions, parts: TextParts): Promise<CallResult> {
  refuseIncapable(call, parts.capabilities);
  const format = call.format && (await parts.formats.prepare(call.format));
  if (!format?.check) return (await attempt(call, options, parts, format)).result;
  const held: AnswerOptions = { ...options, onText: () => options.onWork() };
  const first = await attempt(call, held, parts, format);
  let last = first;
  let violations = violationsOf(first, format.check);
  if (violations.length > 0) {
    const again = withComplaint(call, first.text, violations);
    last = (await attempt(again, held, parts, format).catch(withoutRoom)) ?? first;
    violations = violationsOf(last, format.check);
  }
  if (violations.length > 0) options.onUnenforced([...new Set(violations.map(({ keyword }) => keyword))]);
  const result = last === first ? first.result : sumOf(first.result, last.result);
  const { promptTokens, cachedTokens, outputTokens } = result;
  options.onText({ text: last.text, isThinking: false, inputTokens: cachedTokens + promptTokens, outputTokens });
  return result;
}

function refuseIncapable(call: TextCall, capabilities: readonly string[]): void {
  const refuse = (what: string) => {
    throw new RunnerFailure('not-capable', `does not support ${what}`);
  };
  if (!capabilities.includes('completion')) refuse(call.kind === 'chat' ? 'chat' : 'generate');
  if (call.kind !== 'chat') return;
  if (call.tools.length > 0 && !capabilities.includes('tools')) refuse('tools');
  if (call.think === true && !capabilities.includes('thinking')) refuse('thinking');
  if (call.tools.length > 0 && call.format)
    throw new RunnerFailure('invalid-format', 'format and tools exclude each other');
}

/** An answer that was cut off, by its length or by a stop text, breaks nothing: it is no JSON, and whoever cut it off knows. */
function violationsOf({ text, result }: Attempt, check: (value: unknown) => Violation[]): Violation[] {
  if (result.reason === 'length') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  return check(value);
}

/** Where the complaint does not fit, the first answer is the last. */
function withoutRoom(error: unknown): null {
  if (error instanceof RunnerFailure && error.code === 'context-exceeded') return null;
  throw error;
}

function withComplaint(call: TextCall, text: string, violations: readonly Violation[]): TextCall {
  const list = violations.map(({ path, message }) => `- ${path === '' ? 'the value' : path} ${message}`).join('\n');
  const complaint = `This answer does not fit the schema:\n${list}\nAnswer again with JSON that fits.`;
  if (call.kind === 'raw') return { ...call, prompt: `${call.prompt}${text}\n\n${complaint}\n\n` };
  const said: ChatMessage[] = [
    { role: 'assistant', content: text },
    { role: 'user', content: complaint },
  ];
  return { ...call, messages: [...call.messages, ...said] };
}

function sumOf(first: CallResult, second: CallResult): CallResult {
  return {
    ...second,
    cachedTokens: first.cachedTokens,
    promptTokens: first.promptTokens + second.promptTokens,
    outputTokens: first.outputTokens + second.outputTokens,
    promptMs: first.promptMs,
    outputMs: first.outputMs + second.promptMs + second.outputMs,
  };
}

async function attempt(
  call: TextCall,
  options: AnswerOptions,
  parts: TextParts,
  format: PreparedFormat | null,
): Promise<Attempt> {
  const { signal, priority } = options;
  const startMs = parts.now();
  const prompt = preparePrompt(call, parts);
  const { tokens } = prompt;
  const slot = parts.slots.take(tokens);
  const turn = parts.turns.begin(priority);
  const threads = parts.threads.begin(options.maxThreads);
  try {
    const before = slot.sequence.tokenMeter.getState();
    const cachedTokens = await parts.prefill.run(slot.sequence, tokens, {
      ...{ signal, turn, evaluationPriority: toEvaluationPriority(priority) },
      onSlice(doneTokens) {
        threads.onOther();
        options.onPrefill(doneTokens, tokens.length);
      },
    });
    turn.beginWriting();
    const outputTokens = () => slot.sequence.tokenMeter.diff(before).usedOutputTokens;
    let text = '';
    const written = await generate(call, prompt, {
      ...{ slot, format, signal, contextTokens: parts.contextTokens, createId: parts.createId, now: parts.now },
      evaluationPriority: toEvaluationPriority(priority),
      onTokens: (count) => threads.onTokens(count),
      onWork: options.onWork,
      onPiece(piece, isThinking) {
        if (!isThinking) text += piece;
        options.onText({ text: piece, isThinking, inputTokens: tokens.length, outputTokens: outputTokens() });
      },
    });
    const endMs = parts.now();
    const firstTokenMs = written.firstTokenMs ?? endMs;
    const { reason, toolCalls } = written;
    return {
      text,
      result: {
        ...{
          reason,
          toolCalls,
          cachedTokens,
          promptTokens: tokens.length - cachedTokens,
          outputTokens: outputTokens(),
        },
        ...{ promptMs: firstTokenMs - startMs, outputMs: endMs - firstTokenMs },
      },
    };
  } finally {
    threads.end();
    parts.slots.putBack(slot);
    turn.end();
  }
}
