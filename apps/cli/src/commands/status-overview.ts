import type { PoolStatus } from '@tale/model-pool';
import type { CommandContext } from '../context.js';
import { withSource } from '../gateway/open-source.js';
import { readRuntime, trustServer } from '../gateway/runtime.js';
import { describeModel } from '../render/models.js';
import { formatCount } from '../render/numbers.js';
import { readServersOf, serverFacts } from '../servers/servers-view.js';

/** `tale status`: servers, models and memory, tasks, today's tokens. */
export async function printOverview(context: CommandContext): Promise<void> {
  const { printer, folders } = context;
  const runtime = readRuntime(folders.data);
  await withSource(context, async (source) => {
    const [overview, view, pool] = await Promise.all([
      source.overview(),
      source.isLive ? readServersOf(trustServer(runtime, 'supervisor')).catch(() => null) : null,
      source.isLive ? readPool() : null,
    ]);
    const servers = (view?.servers ?? []).map(serverFacts);
    if (printer.settings.json) {
      const models = pool?.models ?? null;
      const asOf = source.asOfMs === null ? null : new Date(source.asOfMs).toISOString();
      printer.document({ schema: 'tale.overview/1', running: source.isLive, asOf, servers, models, ...overview });
      return;
    }
    const running = servers.map(({ name, instance, state }) => `${name}${instance > 1 ? ` ${instance}` : ''} ${state}`);
    printer.line('servers  ', running.length > 0 ? running.join(' · ') : source.isLive ? 'running' : 'down');
    for (const model of pool?.models ?? []) printer.line('model    ', describeModel(model));
    const counts = Object.entries(overview.tasks).filter(([, count]) => count > 0);
    printer.line('tasks    ', counts.map(([state, count]) => `${count} ${state}`).join(' · ') || 'none');
    const tokens = overview.tokensToday;
    if (tokens) {
      const { inputTokens, outputTokens, calls } = tokens;
      printer.line(
        'today    ',
        `${formatCount(inputTokens)} tokens in / ${formatCount(outputTokens)} out · ${calls} calls`,
      );
    }
  });

  async function readPool(): Promise<PoolStatus | null> {
    const models = trustServer(runtime, 'models');
    // While models are still being fetched there is no pool.
    return models ? models.get<PoolStatus>('/v1/pool').catch(() => null) : null;
  }
}
