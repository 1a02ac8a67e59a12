import type { TaskView } from '@tale/protocol';
import type { Report } from '@tale/token-tracker/queries';
import type { ServerClient } from './server-client.js';
import type { MatchView, Overview, TaskSource } from './task-source.js';

/** Reads from the gateway. */
export function liveSource(gateway: ServerClient): TaskSource {
  return {
    isLive: true,
    asOfMs: null,
    overview: () => gateway.get<Overview>('/v1/overview'),
    list: ({ states, sinceMs, search, limit, cursor }) =>
      gateway.get(`/v1/tasks?${query({ state: states.join(','), since: toIso(sinceMs), search, limit, cursor })}`),
    match: (text) => gateway.get<MatchView>(`/v1/tasks/match?${query({ id: text })}`),
    task: (id) => gateway.get<TaskView>(`/v1/tasks/${encodeURIComponent(id)}`),
    tokens: ({ by, sinceMs, untilMs, taskId }) =>
      gateway.get<Report>(
        `/v1/tokens?${query({ by: by.join(','), since: toIso(sinceMs), until: toIso(untilMs), task: taskId })}`,
      ),
    close: () => {},
  };
}

function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Parameters that say something. */
function query(parameters: Readonly<Record<string, string | number | null>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== '') search.set(name, String(value));
  }
  return search.toString();
}
