import { join } from 'node:path';
import { type LogLine, readLogs } from '@tale/supervisor';
import type { CommandContext } from '../context.js';
import { shortId } from '../ids.js';
import { formatClock } from '../instant.js';
import { readChoices, readInstant, readInteger } from '../options.js';
import type { Part, Styled } from '../printer.js';
import { sanitizeLine } from '../terminal/sanitizer.js';

/** Options of `tale logs` as commander gives them. */
export interface LogsOptions {
  readonly lines?: string;
  readonly server?: string;
  readonly level?: string;
  readonly since?: string;
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const satisfies readonly LogLine['level'][];
const serverNames = ['supervisor', 'gateway', 'execution', 'models', 'ux-agent', 'local-engine'] as const;
const usualLines = 50;
/** How many lines are looked through for those of a level. */
const mostRead = 20_000;

/** `tale logs`: the last lines of all servers, merged by time; also when they are down. */
export async function logs(context: CommandContext, options: LogsOptions): Promise<void> {
  const { printer } = context;
  const count = readInteger('--lines', options.lines, { least: 1, most: 10_000 }) ?? usualLines;
  const [level] = readChoices('--level', options.level, levels);
  const servers = readChoices('--server', options.server, serverNames);
  const sinceMs = readInstant('--since', options.since, context.now());
  const all = await readLogs({
    logFolder: join(context.folders.state, 'logs'),
    lines: level === undefined ? count : mostRead,
    ...(servers.length === 0 ? {} : { servers }),
    ...(sinceMs === null ? {} : { sinceMs }),
  });
  const least = level === undefined ? 0 : levels.indexOf(level);
  const lines = all.filter((line) => levels.indexOf(line.level) >= least).slice(-count);
  if (printer.settings.json) {
    const shown = lines.map(({ atMs, ...line }) => ({ at: new Date(atMs).toISOString(), ...line }));
    return printer.document({ schema: 'tale.logs/1', lines: shown });
  }
  if (lines.length === 0) return printer.note('no lines');
  for (const line of lines) printer.line(...describeLine(line));
}

/** `14:02:11.345 gateway warn 7Q2F9K message`. */
function describeLine({ atMs, server, instance, level, text, fields }: LogLine): Part[] {
  const clock = `${formatClock(atMs)}.${String(new Date(atMs).getMilliseconds()).padStart(3, '0')}`;
  const taskId = typeof fields?.taskId === 'string' ? `${shortId(fields.taskId)} ` : '';
  const grave: Part = level === 'error' || level === 'fatal' ? red(level) : level === 'warn' ? yellow(level) : level;
  return [
    { style: 'dim', text: clock },
    ` ${server}${instance > 1 ? `-${instance}` : ''} `,
    grave,
    ` ${taskId}${text}${reasonOf(text, fields)}`,
  ];
}

/** Why, where the line itself does not say it: the error that it carries. */
function reasonOf(text: string, fields: LogLine['fields']): string {
  const error = fields?.error ?? fields?.err;
  const { message, code } = (typeof error === 'object' && error !== null ? error : { message: error }) as {
    message?: unknown;
    code?: unknown;
  };
  const named = typeof code === 'string' ? [code] : [];
  const said = typeof message === 'string' && message !== '' && !text.includes(message) ? [message] : [];
  const reason = sanitizeLine([...named, ...said].join(': '));
  return reason === '' ? '' : ` (${reason})`;
}

const red = (text: string): Styled => ({ style: 'red', text });
const yellow = (text: string): Styled => ({ style: 'yellow', text });
