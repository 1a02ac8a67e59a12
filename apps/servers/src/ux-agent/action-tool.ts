import type { McpTool } from '@tale/mcp-transport';
import { ServerError } from '../server/server-error.js';
import { explainContextFailure } from './context-failure.js';

/** Arguments of each action: those that it needs, and those that it takes beside. */
export type ActionTable<Action extends string> = Readonly<
  Record<Action, { readonly needs: readonly string[]; readonly takes: readonly string[] }>
>;

/**
 * Refuses an argument that the action does not take, and the lack of one that it needs.
 *
 * @throws ServerError `invalid-request`
 */
export function checkArguments<Action extends string>(
  table: ActionTable<Action>,
  { action, ...given }: { readonly action: Action },
): void {
  const { needs, takes } = table[action];
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const missing = needs.find((name) => !names.includes(name));
  if (missing !== undefined) throw new ServerError('invalid-request', `${action} needs ${missing}.`);
  const strange = names.find((name) => !needs.includes(name) && !takes.includes(name));
  if (strange === undefined) return;
  throw new ServerError('invalid-request', `${action} takes no ${strange}.`, {
    hint: `it takes: ${[...needs, ...takes].join(', ')}`,
  });
}

/** A tool of several actions. */
export interface ActionToolOptions<Args extends { readonly action: string }> {
  readonly name: string;
  readonly description: string;
  readonly input: McpTool<Args>['input'];
  readonly actions: ActionTable<Args['action']>;
  readonly run: Readonly<Record<Args['action'], (args: Args) => Promise<object>>>;
  /** The command that shows what there is, for whoever names what there is not. */
  readonly list: string;
}

const longestMs = 6 * 3_600_000;

/** The tool: it checks what an action is given, and says of a failure of the context what to do about it. */
export function actionTool<Args extends { readonly action: string }>(options: ActionToolOptions<Args>): McpTool {
  const { name, description, input, actions, run, list } = options;
  return {
    name,
    description,
    input,
    annotations: { destructiveHint: true },
    timeoutMs: longestMs,
    async run(args) {
      checkArguments<Args['action']>(actions, args);
      try {
        return { structured: await run[args.action as Args['action']](args), text: `${args.action} is done.` };
      } catch (error) {
        throw explainContextFailure(error, list);
      }
    },
  } satisfies McpTool<Args> as McpTool;
}
