import type { FakeAsk } from './ask.js';
import type { FakeDialect } from './dialect.js';
import type { FakeExchange } from './exchange.js';
import type { FakeFault } from './faults.js';
import { faultDelayMs } from './faults.js';
import type { FakeRefusal } from './memory.js';
import { playFirst } from './play-fault.js';
import type { FakeRunner } from './runner.js';
import { capabilitiesOf, type FakeState } from './state.js';
import { writeAnswer } from './write-answer.js';

/** What a request needs of its model. */
type Need = 'chat' | 'generate' | 'tools' | 'thinking';

/** The failure of a model that cannot do what is asked; `null` = it can. */
export function findMissingCapability({ model }: FakeAsk, needs: readonly Need[]): string | null {
  const can = capabilitiesOf(model);
  const missing = needs.find((need) => !can.includes(need === 'chat' || need === 'generate' ? 'completion' : need));
  return missing === undefined ? null : `${JSON.stringify(model.model)} does not support ${missing}`;
}

/** Answers a request whose model could not be had. */
export function refuse(exchange: FakeExchange, dialect: Pick<FakeDialect, 'error'>, refusal: FakeRefusal): void {
  if (refusal === 'gone') return;
  const [status, message] =
    refusal === 'busy' ? [503, 'server busy, please try again.  maximum pending requests exceeded'] : [500, refusal];
  exchange.json(status, dialect.error(message, status));
}

/** The fault that happens to a request for text, or for a load. */
export function takeFault(state: FakeState, exchange: FakeExchange, ask: FakeAsk): FakeFault | null {
  const isText = ask.messages.length > 0;
  const { path } = exchange.entry;
  return state.faults.take({ path, model: ask.model.model, isText, isLoad: !isText && ask.keepMs !== 0 });
}

/** Makes the model of a request ready. */
export function makeReady(
  state: FakeState,
  exchange: FakeExchange,
  { model, options, keepMs }: Pick<FakeAsk, 'model' | 'options' | 'keepMs'>,
  fault: FakeFault | null,
): Promise<FakeRunner | FakeRefusal> {
  const { signal } = exchange;
  const load = async () => {
    if (state.serves === 'llama-server') return; // loaded since its start
    if (fault?.kind === 'load-stall') await exchange.hang();
    await exchange.wait(fault?.kind === 'slow-load' ? faultDelayMs(fault) : state.delay(state.timing.loadMs));
  };
  return state.memory.acquire({ model: model.model, options, keepMs, signal, load });
}

/** Answers a request for text: fault, capabilities, load, slot, answer. */
export async function answerText(
  state: FakeState,
  exchange: FakeExchange,
  ask: FakeAsk,
  dialect: FakeDialect,
  needs: readonly Need[],
): Promise<void> {
  const fault = takeFault(state, exchange, ask);
  if (fault !== null && (await playFirst(exchange, fault, dialect.error))) return;
  const missing = findMissingCapability(ask, needs);
  if (missing !== null) {
    exchange.json(400, dialect.error(missing, 400));
    return;
  }
  const startedMs = state.clock.monotonicMs();
  const runner = await makeReady(state, exchange, ask, fault);
  if (typeof runner === 'string') {
    refuse(exchange, dialect, runner);
    return;
  }
  try {
    const readyMs = state.clock.monotonicMs();
    const giveBack = await state.memory.slot(runner, exchange.signal);
    if (giveBack === null) return;
    const { contextTokens } = runner;
    await writeAnswer(state, exchange, { ask, dialect, fault, contextTokens, startedMs, readyMs });
    if (fault?.kind !== 'leak-slot' || !exchange.isGone) giveBack();
  } finally {
    state.memory.release(runner);
  }
}
