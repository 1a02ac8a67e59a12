import type { CallEnd, CallEvent } from '@tale/model-pool';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { formatDuration } from '../duration.js';
import type { ServerClient } from '../gateway/server-client.js';
import { callFailure } from '../models/call-failure.js';
import { findModel, modelsServer, printTable, readPool } from '../models/pool-view.js';
import { orUnknown } from '../render/numbers.js';
import { withInterrupt } from '../terminal/interrupt.js';

const question = { messages: [{ role: 'user', content: 'Say hello in one short sentence.' }], maxOutputTokens: 32 };
const testMs = 600_000;

/** One test: a short call, and how it went. */
interface TestOutcome {
  readonly role: string;
  readonly model: string;
  readonly text: string;
  readonly end: CallEnd;
}

/** `tale models test [role|name]`: asks each model a short question and shows how fast it answers. */
export async function testModels(context: CommandContext, name: string | undefined): Promise<void> {
  const { printer } = context;
  const targets = await chooseTargets(context, name);
  const outcomes = await withInterrupt(async (signal) => {
    const models = await modelsServer(context, signal);
    const done: TestOutcome[] = [];
    for (const target of targets) {
      printer.phase(`asking ${target.preferredModel ?? target.role}…`);
      done.push(await ask(models, target, signal));
    }
    printer.phase('');
    return done;
  });
  if (printer.settings.json) {
    printer.document({
      schema: 'tale.models-test/1',
      tests: outcomes.map(({ role, text, end }) => ({
        ...{ role, model: end.model, backend: end.backend, text, usage: end.usage, timing: end.timing },
      })),
    });
  } else printOutcomes(context, outcomes);
}

interface Target {
  readonly role: string;
  readonly preferredModel?: string;
}

async function chooseTargets(context: CommandContext, name: string | undefined): Promise<Target[]> {
  const pool = await readPool(context);
  const roles = [...new Set(pool.models.flatMap((model) => model.roles))].filter((role) => role !== 'embed');
  if (name === undefined) return roles.map((role) => ({ role }));
  if (roles.some((role) => role === name)) return [{ role: name }];
  const model = findModel(pool, name);
  const role = model.roles.find((each) => each !== 'embed');
  if (role === undefined) {
    throw new CommandError('usage', `${model.model} serves no role that answers with text.`, {
      hint: 'tale models list',
    });
  }
  return [{ role, preferredModel: model.id }];
}

async function ask(models: ServerClient, target: Target, signal: AbortSignal): Promise<TestOutcome> {
  let text = '';
  let end: CallEnd | null = null;
  const body = { ...target, ...question, labels: { project: 'default', purpose: 'other' } };
  for await (const event of models.postEvents('/v1/calls', body, { signal, timeoutMs: testMs })) {
    const { type } = event;
    if (type === 'request-error') throw callFailure(event);
    const call = event as unknown as CallEvent;
    if (call.type === 'text-delta') text += call.text;
    else if (call.type === 'call-fallback' && call.dropText) text = '';
    else if (call.type === 'call-end') end = call;
  }
  if (end === null) {
    throw new CommandError('stream-broken', 'The models server stopped while it answered.', {
      source: 'models',
      retryable: true,
    });
  }
  return { role: target.role, model: end.model, text, end };
}

function printOutcomes(context: CommandContext, outcomes: readonly TestOutcome[]): void {
  const rate = ({ usage, timing }: CallEnd) =>
    timing.decodeMs !== null && timing.decodeMs > 0 ? ((usage.outputTokens * 1_000) / timing.decodeMs).toFixed(1) : '?';
  printTable(
    context,
    [
      { title: 'ROLE' },
      { title: 'MODEL' },
      { title: 'BACKEND' },
      { title: 'LOAD', align: 'right' },
      { title: 'FIRST TOKEN', align: 'right' },
      { title: 'TOK/S', align: 'right' },
      { title: 'IN', align: 'right' },
      { title: 'OUT', align: 'right' },
      { title: 'TOTAL', align: 'right' },
      { title: 'ANSWER' },
    ],
    outcomes.map(({ role, text, end }) => [
      role,
      end.model,
      end.backend,
      orUnknown(end.timing.loadMs, formatDuration),
      orUnknown(end.timing.ttftMs, formatDuration),
      rate(end),
      String(end.usage.inputTokens),
      String(end.usage.outputTokens),
      formatDuration(end.timing.durationMs),
      text,
    ]),
  );
}
