import { ServerError } from '../server/server-error.js';

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
