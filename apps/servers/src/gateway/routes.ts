import type { IncomingMessage, ServerResponse } from 'node:http';
import { taskStates } from '@tale/protocol';
import type { Tasks } from '@tale/tasks';
import type { Report, ReportDimension, TokenTracker } from '@tale/token-tracker';
import type { Route } from '../server/serve-http.js';
import { ServerError } from '../server/server-error.js';
import { taskNotFound } from './task-not-found.js';
import { readTaskQuery, taskQuerySchema } from './task-query.js';
import type { TaskViews } from './task-views.js';

export interface GatewayRoutesPorts {
  readonly tasks: Tasks;
  readonly views: TaskViews;
  readonly tracker: TokenTracker;
  readonly events: (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>;
  readonly now: () => number;
}

/** The gateway's reads. */
export function gatewayRoutes({ tasks, views, tracker, events, now }: GatewayRoutesPorts): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/v1\/tasks$/,
      async answer({ query }) {
        const page = await tasks.list(readTaskQuery(parseTaskQuery(query)));
        return { tasks: await views.many(page.tasks), next: page.next };
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/tasks\/match$/,
      async answer({ query }) {
        const { kind, tasks: matches, suggestions } = await tasks.match(query.get('id') ?? '');
        return { kind, tasks: await views.many(matches), suggestions: suggestions.map(({ id }) => id) };
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/tasks\/([0-9A-Za-z]{1,64})$/,
      async answer({ match }) {
        const id = match[1] ?? '';
        const view = await views.one(id);
        if (!view) throw taskNotFound(id);
        return view;
      },
    },
    { method: 'GET', path: /^\/v1\/events$/, stream: events },
    {
      method: 'GET',
      path: /^\/v1\/tokens$/,
      answer: async ({ query }): Promise<Report> => await tracker.report(parseReportQuery(query)),
    },
    {
      method: 'GET',
      path: /^\/v1\/overview$/,
      async answer() {
        const midnight = new Date(now());
        midnight.setHours(0, 0, 0, 0);
        const today = await tracker.report({ by: 'day', sinceMs: midnight.getTime() });
        return { tasks: await tasks.counts(), tokensToday: today.totals };
      },
    },
  ];
}

function parseTaskQuery(query: URLSearchParams) {
  const limit = query.get('limit');
  const parsed = taskQuerySchema.safeParse({
    states: query.get('state')?.split(',').filter(Boolean),
    since: query.get('since') ?? undefined,
    search: query.get('search') ?? undefined,
    limit: limit === null ? undefined : Number(limit),
    cursor: query.get('cursor') ?? undefined,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ServerError('invalid-request', `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'not valid'}`, {
    hint: `States are ${taskStates.join(', ')}; since is ISO 8601; limit is 1 to 1000.`,
  });
}

const dimensions = [
  'hour',
  'day',
  'week',
  'month',
  'model',
  'role',
  'task',
  'project',
] as const satisfies ReportDimension[];

function parseReportQuery(query: URLSearchParams) {
  const by = (query.get('by') ?? 'day').split(',').filter(Boolean);
  const wrong = by.find((name) => !(dimensions as readonly string[]).includes(name));
  if (wrong !== undefined || by.length === 0) {
    throw new ServerError('invalid-request', `Tokens cannot be broken down by ${JSON.stringify(wrong ?? '')}.`, {
      hint: `One or several of: ${dimensions.join(', ')}`,
    });
  }
  const since = instant(query.get('since'));
  const until = instant(query.get('until'));
  const taskId = query.get('task');
  return {
    by: by as ReportDimension[],
    ...(since === null ? {} : { sinceMs: since }),
    ...(until === null ? {} : { untilMs: until }),
    ...(taskId === null ? {} : { taskId }),
  };
}

function instant(text: string | null): number | null {
  if (text === null) return null;
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs))
    throw new ServerError('invalid-request', `${JSON.stringify(text)} is no ISO 8601 instant.`);
  return epochMs;
}
