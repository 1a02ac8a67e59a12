import type { ForgetView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import type { ServerClient } from '../gateway/server-client.js';
import { confirm } from '../memory/confirm.js';
import { resolveConversation } from '../memory/resolve.js';
import { uxAgent } from '../memory/ux-agent.js';
import { readInstant } from '../options.js';
import { countForgotten, isNothing, listHits } from '../render/forget.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** Options of `tale memory forget` as commander gives them. */
export interface ForgetOptions {
  readonly conversation?: string;
  readonly project?: string;
  readonly before?: string;
  readonly text?: string;
  readonly everything?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** 8 ms a message, so that years of talk take an hour. */
const longestMs = 6 * 3_600_000;

/** `tale memory forget`: takes away for good what a conversation, a project, a time or a text names, down to the bytes of the files. */
export async function forget(context: CommandContext, options: ForgetOptions): Promise<void> {
  checkScope(options);
  const before = readInstant('--before', options.before, context.now());
  await withInterrupt(async (signal) => {
    const server = await uxAgent(context, signal);
    const scope = await readScope(context, server, options, before);
    const ask = (dryRun: boolean) =>
      server.call<ForgetView>('memory', { action: 'forget', ...scope, dryRun }, { signal, timeoutMs: longestMs });
    await forgetAfterLooking(context, ask, {
      dryRun: options.dryRun === true,
      yes: options.yes === true,
      answer: options.everything === true ? 'everything' : 'yes',
    });
  });
}

/** How a deletion is agreed to. */
interface Agreement {
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** What has to be typed on a terminal. */
  readonly answer: string;
}

/** Shows what would go, asks, and deletes it. */
export async function forgetAfterLooking(
  context: CommandContext,
  ask: (dryRun: boolean) => Promise<ForgetView>,
  { dryRun, yes, answer }: Agreement,
): Promise<void> {
  const { printer } = context;
  const found = await ask(true);
  if (dryRun && printer.settings.json) return printer.document({ schema: 'tale.forget/1', ...found });
  if (dryRun) return showFound(context, found, (line) => printer.line(line));
  if (!yes) {
    if (isNothing(found) && !printer.settings.json) return printer.note('there is nothing to forget');
    if (context.canAsk()) showFound(context, found, (line) => printer.problem(line));
    await confirm(context, { yes, question: `Forget ${countForgotten(found)}?`, answer });
  }
  printer.phase(`forgetting ${countForgotten(found)}…`);
  const report = await ask(false);
  printer.phase('');
  if (printer.settings.json) return printer.document({ schema: 'tale.forget/1', ...report });
  printer.line(`forgotten: ${countForgotten(report)}`);
  printer.note(
    report.scrubbed
      ? 'no byte of it is left in the database'
      : 'not every byte is overwritten yet: run the same command again',
  );
  showNotCovered(report, (line) => printer.note(line));
}

function showFound(context: CommandContext, found: ForgetView, say: (line: string) => void): void {
  const { stdout } = context.printer;
  const columns = stdout.isTerminal ? stdout.columns : Number.POSITIVE_INFINITY;
  say(`would forget: ${countForgotten(found)}`);
  for (const line of listHits(found, context.now(), columns)) say(line);
  if (!isNothing(found)) showNotCovered(found, say);
}

function showNotCovered({ notCovered }: ForgetView, say: (line: string) => void): void {
  say('not covered:');
  for (const sentence of notCovered) say(`  ${sentence}`);
}

async function readScope(
  context: CommandContext,
  server: ServerClient,
  { conversation, project, text, everything }: ForgetOptions,
  beforeMs: number | null,
) {
  const found = conversation === undefined ? null : await resolveConversation(context, server, conversation);
  return {
    ...(found === null ? {} : { conversation: found.conversationId }),
    ...(beforeMs === null ? {} : { before: new Date(beforeMs).toISOString() }),
    ...{ project, text, everything },
  };
}

function checkScope({ conversation, project, before, text, everything }: ForgetOptions): void {
  const narrow = [conversation, project, before, text].filter((value) => value !== undefined);
  const hint = 'tale memory forget --text "…" --dry-run';
  if (everything === true && narrow.length > 0) throw new CommandError('usage', '--everything stands alone.', { hint });
  if (everything !== true && narrow.length === 0)
    throw new CommandError(
      'usage',
      'Say what to forget: --conversation, --project, --before, --text or --everything.',
      { hint },
    );
  if (narrow.some((value) => value.trim() === ''))
    throw new CommandError('usage', 'What to forget is empty.', { hint });
}
