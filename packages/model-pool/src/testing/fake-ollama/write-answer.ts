import { type FakeAsk, fitPrompt } from './ask.js';
import { type FakeAnswer, type FakeDialect, framedEnd } from './dialect.js';
import type { FakeExchange } from './exchange.js';
import { type FakeFault, faultDelayMs } from './faults.js';
import { playMiddle } from './play-fault.js';
import { countFakeTokens, type FakeScript, scriptOf } from './script.js';
import type { FakeState } from './state.js';

/** A request whose model is ready and has a slot. */
export interface GrantedAsk {
  /** What is asked. */
  readonly ask: FakeAsk;
  /** How the answer stands on the wire. */
  readonly dialect: FakeDialect;
  /** What goes wrong. */
  readonly fault: FakeFault | null;
  /** Context of the runner, tokens. */
  readonly contextTokens: number;
  /** When the request came, monotonic ms. */
  readonly startedMs: number;
  /** When the model was ready, monotonic ms. */
  readonly readyMs: number;
}

/** Another model: an installed one, because a name that nobody knows may be an alias. */
const otherModel = ({ models }: FakeState, model: string) =>
  [...models.keys()].find((name) => name !== model) ?? 'another:1b';

/** A count that stands for one that is no number. */
const nanMark = 987_654_321;

/** Reads the prompt and writes the answer; headers go out with the first token. */
export async function writeAnswer(state: FakeState, exchange: FakeExchange, granted: GrantedAsk): Promise<void> {
  const { ask, dialect, fault, contextTokens, startedMs, readyMs } = granted;
  const { clock, timing } = state;
  const { entry } = exchange;
  const prompt = fitPrompt(ask.messages, contextTokens);
  if (prompt.isTooLong && !ask.truncate) {
    const message = 'the input length exceeds the context length';
    exchange.json(400, dialect.error(message, 400));
    return;
  }
  const slotMs = clock.monotonicMs();
  if (fault?.kind === 'deaf-prefill') await state.sleep(faultDelayMs(fault));
  await exchange.wait(state.delay(prompt.tokens * timing.prefillMsPerToken));
  if (exchange.isGone) return;
  entry.inputTokens = prompt.tokens;
  const prefilledMs = clock.monotonicMs();
  const script = scriptOf(prompt.text, {
    ...timing,
    // The same prompt has the same answer, whatever came before.
    random: () => ((state.seed * 7919 + prompt.text.length * 104_729) % 1000) / 1000,
    format: ask.format,
    tools: prompt.answersTool ? [] : ask.tools,
    thinks: ask.thinks,
    stop: ask.stop,
  });
  const limit = ask.limitTokens ?? 10 * contextTokens;
  const answer: FakeAnswer = {
    model: fault?.kind === 'wrong-model' ? otherModel(state, ask.model.model) : ask.model.model,
    inputTokens: prompt.tokens,
    outputTokens: 0,
    cachedTokens: state.engine === null ? null : Math.floor(prompt.tokens / 2),
    thinking: '',
    text: '',
    toolCalls: script.tokens.length > limit ? [] : script.toolCalls,
    finish: script.tokens.length > limit ? 'length' : 'stop',
    times: { totalMs: 0, loadMs: readyMs - startedMs, prefillMs: prefilledMs - slotMs, decodeMs: 0 },
  };
  const clocked = () => {
    const nowMs = clock.monotonicMs();
    answer.times = { ...answer.times, totalMs: nowMs - startedMs, decodeMs: nowMs - prefilledMs };
  };
  if (!(await writeTokens(state, exchange, { ...granted, answer, script, limit, clocked }))) return;
  for (const { name, arguments: given } of answer.toolCalls)
    answer.outputTokens += countFakeTokens(`${name} ${JSON.stringify(given)}`);
  entry.outputTokens = answer.outputTokens;
  clocked();
  if (fault?.kind === 'bad-counts') spoilCounts(answer);
  if (fault?.kind === 'nan-counts') answer.outputTokens = nanMark;
  entry.end = 'done';
  if (!ask.isStream) {
    exchange.json(200, dialect.whole(answer));
    return;
  }
  exchange.begin({ 'content-type': dialect.contentType });
  exchange.response.end(framedEnd(dialect, answer).replaceAll(String(nanMark), 'NaN'));
}

interface Writing extends GrantedAsk {
  readonly answer: FakeAnswer;
  readonly script: FakeScript;
  readonly limit: number;
  readonly clocked: () => void;
}

/** Writes token by token. Returns whether the answer is whole. */
async function writeTokens(state: FakeState, exchange: FakeExchange, writing: Writing): Promise<boolean> {
  const { ask, dialect, fault, answer, script, limit, clocked } = writing;
  const { response, entry } = exchange;
  const piece = (text: string, kind: 'text' | 'thinking' = 'text') => {
    answer.outputTokens += 1;
    entry.outputTokens += 1;
    answer[kind] += text;
    if (kind === 'text') entry.text += text;
    return dialect.frame(dialect.piece(answer, kind, text));
  };
  const begin = () => {
    if (!ask.isStream || response.headersSent) return;
    exchange.begin({ 'content-type': dialect.contentType });
    for (const value of dialect.open(answer)) response.write(dialect.frame(value));
  };
  const stepMs = Number.isFinite(script.tokensPerSecond) ? 1000 / script.tokensPerSecond : 0;
  for (const [index, token] of script.tokens.slice(0, limit).entries()) {
    if (exchange.isGone) return false;
    if (fault !== null && index === (fault.after ?? 2)) {
      clocked();
      begin();
      if (await playMiddle({ exchange, dialect, answer, verbs: state.verbs, piece }, fault)) return false;
    }
    begin();
    const framed = piece(token, index < script.thinking ? 'thinking' : 'text');
    if (ask.isStream) response.write(framed);
    if (stepMs > 0) await exchange.wait(state.delay(stepMs));
    if (fault?.kind === 'trickle') await exchange.wait(faultDelayMs(fault));
    await exchange.drained();
  }
  begin();
  return !exchange.isGone;
}

function spoilCounts(answer: FakeAnswer): void {
  answer.inputTokens = -5;
  answer.outputTokens = 1e308;
  answer.times = { ...answer.times, totalMs: -1, decodeMs: 1e300 };
}
