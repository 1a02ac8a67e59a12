import { taskStates } from '@tale/protocol';
import type { ListOptions } from '@tale/tasks';
import * as z from 'zod/mini';

/** Which tasks a list holds; the same for the tool and for `GET /v1/tasks`. */
export const taskQuerySchema = z.strictObject({
  states: z.optional(z.array(z.enum(taskStates))),
  since: z.optional(z.iso.datetime({ offset: true })),
  search: z.optional(z.string().check(z.maxLength(500))),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
  cursor: z.optional(z.string().check(z.maxLength(200))),
});

const usualLimit = 50;

/** The library's options from a checked query. */
export function readTaskQuery(query: z.infer<typeof taskQuerySchema>): ListOptions {
  return {
    limit: query.limit ?? usualLimit,
    ...(query.states && query.states.length > 0 ? { states: query.states } : {}),
    ...(query.since === undefined ? {} : { sinceMs: Date.parse(query.since) }),
    ...(query.search === undefined ? {} : { search: query.search }),
    ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
  };
}
