import type { ForgetView } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { resolveConversation } from '../memory/resolve.js';
import { uxAgent } from '../memory/ux-agent.js';
import { readChoices } from '../options.js';
import { withInterrupt } from '../terminal/interrupt.js';
import { forgetAfterLooking } from './memory-forget.js';

/** Options of `tale conversations delete` as commander gives them. */
export interface ConversationsDeleteOptions {
  readonly forks?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

const longestMs = 6 * 3_600_000;

/** `tale conversations delete <id>`: deletes a conversation for good; its forks keep what they share with it, or go too. */
export async function deleteConversation(
  context: CommandContext,
  id: string,
  options: ConversationsDeleteOptions,
): Promise<void> {
  const [forks] = readChoices('--forks', options.forks, ['keep', 'delete'] as const);
  await withInterrupt(async (signal) => {
    const server = await uxAgent(context, signal);
    const { conversationId } = await resolveConversation(context, server, id);
    const ask = (dryRun: boolean) =>
      server.call<ForgetView>(
        'conversations',
        { action: 'delete', id: conversationId, forks, dryRun },
        { signal, timeoutMs: longestMs },
      );
    const agreement = { dryRun: options.dryRun === true, yes: options.yes === true, answer: 'yes' };
    await forgetAfterLooking(context, ask, agreement);
  });
}
