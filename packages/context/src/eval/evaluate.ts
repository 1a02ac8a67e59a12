import { availableParallelism } from 'node:os';
import { createContext } from '../context.js';
import type { Context, ContextOptions } from '../context-types.js';
import { weights } from '../recall/weigh.js';
import { loadO200k } from '../tokens/load-o200k.js';
import type { Embed, ModelWindow } from '../types.js';
import type { EvaluationArguments } from './arguments.js';
import { plainBm25 } from './baseline.js';
import { createFigures, type Figures } from './bootstrap.js';
import { promptCounter } from './common-prefix.js';
import { dataClock, fill, messageIds, sequentialIds } from './fill.js';
import { judgeGoals } from './goals.js';
import { askRecall, calibrateGate, measureGate, measurePins } from './measure-recall.js';
import { replayWindow } from './measure-window.js';
import { recallReport } from './measures.js';
import { openDatabase } from './open-database.js';
import { type DataSet, readData } from './read-data.js';
import type { ContextReport, ReportValue, SetReport, WindowReport } from './report-schema.js';
import { createStopwatch, type Stopwatch } from './stopwatch.js';

/** What an evaluation needs from its process. */
export interface EvaluationParts {
  readonly arguments: EvaluationArguments;
  readonly databaseUrl: string | undefined;
  readonly package: { readonly name: string; readonly version: string };
  /** Told how far it is. */
  progress(line: string): void;
}

interface Setting extends EvaluationParts {
  readonly figures: Figures;
  readonly stopwatch: Stopwatch;
  readonly countTokens: (text: string) => number;
  readonly embed: Embed | undefined;
}

const quickWindow = 8_192;

/** Runs the evaluation on fresh databases through the public surface. The same data gives the same report but for times. */
export async function evaluate(parts: EvaluationParts): Promise<ContextReport> {
  const started = new Date();
  const options = parts.arguments;
  const data = await readData(options);
  const embed =
    options.embedModule === null ? undefined : ((await import(options.embedModule)) as { default: Embed }).default;
  const figures = createFigures(options.bootstrap);
  const setting: Setting = { ...parts, figures, stopwatch: createStopwatch(), countTokens: await loadO200k(), embed };
  const sets: Record<string, SetReport> = {};
  const otherStore: Record<string, ReportValue> | null = options.store === 'postgres' ? {} : null;
  for (const set of data.sets) {
    parts.progress(`${set.name}: recall`);
    const { report, r10 } = await measureSet(set, setting, options.store);
    if (otherStore)
      otherStore[set.name] = (
        await measureRecall(set, { ...setting, stopwatch: createStopwatch() }, 'sqlite')
      ).recall.own.r10;
    parts.progress(`${set.name}: r@10 ${r10.value}`);
    const window: WindowReport[] = [];
    for (const windowTokens of set.manifest.window.filter((size) => !options.isQuick || size === quickWindow)) {
      parts.progress(`${set.name}: window ${windowTokens}`);
      window.push(await measureWindow(set, windowTokens, setting));
    }
    sets[set.name] = { ...report, window };
  }
  const assistantSets = new Set(
    data.sets.filter(({ manifest }) => manifest.pinTypes.length > 0).map(({ name }) => name),
  );
  return {
    format: 'tale-context-report/1',
    package: parts.package,
    run: {
      startedAt: started.toISOString(),
      durationMs: Date.now() - started.getTime(),
      node: process.version,
      cpus: availableParallelism(),
      rssPeakMb: Math.round(process.resourceUsage().maxRSS / 1_024),
    },
    settings: { store: options.store, embed: embed?.id ?? null, weights: { ...weights }, bootstrap: options.bootstrap },
    data: { sha256: data.sha256, files: [...data.files] },
    sets,
    latency: setting.stopwatch.report(),
    goals: judgeGoals({ sets, assistantSets, otherStore }),
  };
}

async function measureSet(set: DataSet, setting: Setting, store: 'sqlite' | 'postgres') {
  const report = await measureRecall(set, setting, store);
  return { report, r10: report.recall.own.r10 };
}

async function measureRecall(
  set: DataSet,
  setting: Setting,
  store: 'sqlite' | 'postgres',
): Promise<Omit<SetReport, 'window'>> {
  const { figures, stopwatch, countTokens, embed } = setting;
  await using database = await openDatabase(store, setting.databaseUrl);
  const clock = dataClock();
  const filled = messageIds(set);
  const open = () => createContext(contextOptions(database.kysely, clock, embed));
  const marked = await closing(open(), async (context) => {
    const { markedMessages } = await fill(context, set, { filled, clock, stopwatch });
    while (embed && (await context.recall.embedPending()) > 0);
    await calibrateGate(context, set);
    return markedMessages;
  });
  return await closing(open(), async (context) => {
    const own = await askRecall(context, set, { filled, stopwatch, isPooled: false });
    const pooled = await askRecall(context, set, { filled, stopwatch, isPooled: true });
    const report = (rows: typeof own) => recallReport(rows, set.manifest, figures);
    const types = [...new Set(set.queries.map(({ type }) => type))].toSorted();
    const byType = types.map((type) => [type, report(own.filter(({ query }) => query.type === type))] as const);
    const result = {
      conversations: set.conversations.length,
      messages: set.conversations.reduce(
        (sum, { sessions }) => sum + sessions.reduce((count, { messages }) => count + messages.length, 0),
        0,
      ),
      queries: set.queries.length,
      recall: {
        own: report(own),
        pooled: report(pooled),
        baseline: report(plainBm25(set)),
        byType: Object.fromEntries(byType),
      },
      pins: await measurePins(context, set, { marked, filled, figures, countTokens }),
      gate: await measureGate(context, set, figures),
    };
    for (const { id } of set.conversations)
      await stopwatch.time('delete', () => context.conversations.delete(id, { forks: 'delete' }));
    return result;
  });
}

async function measureWindow(set: DataSet, windowTokens: number, setting: Setting): Promise<WindowReport> {
  const { figures, stopwatch, countTokens, embed } = setting;
  await using database = await openDatabase(setting.arguments.store, setting.databaseUrl);
  const clock = dataClock();
  const model: ModelWindow = { model: 'replay', contextTokens: windowTokens, countsExactly: false, role: 'ux' };
  const context = createContext({ ...contextOptions(database.kysely, clock, embed), models: [model] });
  const parts = { filled: messageIds(set), clock, stopwatch, counter: promptCounter(countTokens), figures };
  return await closing(context, () => replayWindow(context, set, { model: model.model, windowTokens }, parts));
}

function contextOptions(
  kysely: ContextOptions['kysely'],
  clock: ContextOptions['clock'],
  embed: Embed | undefined,
): ContextOptions {
  return { kysely, clock, createId: sequentialIds('B'), embed };
}

async function closing<Result>(context: Context, work: (context: Context) => Promise<Result>): Promise<Result> {
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}
