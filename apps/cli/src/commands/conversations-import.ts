import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import type { ImportView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { upload } from '../gateway/transfer.js';
import { uxAgent } from '../memory/ux-agent.js';
import { createRateMeter, renderProgress } from '../render/progress.js';
import { describeSystemError } from '../system-error.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** `tale conversations import <file>`: takes an export in; what is there already stays as it is, so that it may be run again. */
export async function importConversations(
  context: CommandContext,
  file: string,
  options: { readonly dryRun?: boolean },
): Promise<void> {
  const { printer } = context;
  const dryRun = options.dryRun === true;
  const bytes = file === '-' ? null : (await requireFile(file)).size;
  await withInterrupt(async (signal) => {
    const server = await uxAgent(context, signal);
    const source = file === '-' ? process.stdin : createReadStream(file);
    const body = withProgress(context, source, bytes, dryRun ? 'checking' : 'importing');
    const report = await upload<ImportView>(server.address, `/v1/conversations/import?dryRun=${dryRun}`, {
      body,
      bytes,
      signal,
    });
    printer.phase('');
    if (printer.settings.json) return printer.document({ schema: 'tale.import/1', ...report });
    printer.line(`${dryRun ? 'would import' : 'imported'}: ${describe(report)}`);
    if (report.known > 0) printer.note(`${report.known.toLocaleString('en')} were there already`);
  });
}

async function requireFile(path: string): Promise<Stats> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError('usage', `Cannot read ${path}: ${describeSystemError(cause.code ?? '')}.`, { cause });
  });
  if (found.isFile()) return found;
  throw new CommandError('usage', `${path} is no file.`, { hint: 'give `-` to read from stdin' });
}

function withProgress(
  { printer, now }: CommandContext,
  source: Readable,
  totalBytes: number | null,
  doing: string,
): Readable {
  const meter = createRateMeter();
  let completedBytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      completedBytes += chunk.length;
      const rate = meter.update(now(), completedBytes);
      const etaMs = rate && totalBytes !== null ? ((totalBytes - completedBytes) / rate) * 1_000 : null;
      const progress = renderProgress({ completedBytes, totalBytes, etaMs }, rate, printer.stderr.ansi ? 24 : 0);
      printer.phase(`${doing}…  ${progress}`.trimEnd());
      done(null, chunk);
    },
    flush(done) {
      printer.phase(`${doing}…`);
      done();
    },
  });
  source.on('error', (error) => body.destroy(error));
  body.on('close', () => source.destroy());
  return source.pipe(body);
}

function describe({ conversations, messages, memories, summaries }: ImportView): string {
  const counts = { conversations, messages, memories, summaries };
  return Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
    .join(', ');
}
