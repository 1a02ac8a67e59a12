import type { LogLine } from '../types.js';

type Level = LogLine['level'];

/** Who printed a line, when it arrived and how grave it is if it does not say so itself. */
export interface LineOrigin {
  readonly server: string;
  readonly instance: number;
  readonly atMs: number;
  readonly level: Level;
}

/** A line as it stands in the log file. */
export function formatLogLine(line: LogLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads a line of the log file back; `null` for what is none (torn by a full disk, written by another program). */
export function parseLogLine(text: string): LogLine | null {
  const line = parseObject(text) as Partial<LogLine> | null;
  const isLine =
    typeof line?.atMs === 'number' &&
    typeof line.server === 'string' &&
    typeof line.instance === 'number' &&
    typeof line.text === 'string' &&
    levelOf(line.level) !== null;
  return isLine ? (line as LogLine) : null;
}

/** A JSON line of a server, pino's shape or ours, as a log line; `null` if it is no JSON object. */
export function readServerLine(text: string, origin: LineOrigin): LogLine | null {
  const content = text.startsWith('{') ? parseObject(text) : null;
  if (content === null) return null;
  const { level, time, atMs, msg, message, text: ownText, ...fields } = content;
  const said = [msg, message, ownText].find((value) => typeof value === 'string') as string | undefined;
  const timeMs = [atMs, time].find((value) => Number.isFinite(value)) as number | undefined;
  return {
    atMs: timeMs ?? origin.atMs,
    server: origin.server,
    instance: origin.instance,
    level: levelOf(level) ?? origin.level,
    text: said ?? '',
    fields: Object.keys(fields).length > 0 ? fields : null,
  };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

function levelOf(value: unknown): Level | null {
  if (typeof value === 'number') return LEVELS[Math.min(Math.max(Math.ceil(value / 10), 1), 6) - 1] ?? null;
  return LEVELS.find((level) => level === value) ?? null;
}
