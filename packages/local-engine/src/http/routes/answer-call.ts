import type { RunnerCall } from '../../runner/protocol.js';
import type { Manifest } from '../../store/manifests.js';
import { type AnswerHead, deltaLine, finalLine, residencyLine } from '../../wire/answers.js';
import type { ReadOptions } from '../../wire/call-options.js';
import type { RouteParts, RouteRequest } from '../route.js';

/** One call of `/api/chat` or `/api/generate`, ready to be made. */
export interface PreparedCall {
  readonly manifest: Manifest;
  readonly head: AnswerHead;
  /** `null` = there is no prompt: load, or unload. */ readonly call: RunnerCall | null;
  readonly options: ReadOptions;
  readonly keepAliveMs: number | null;
  readonly isStream: boolean;
}

/** Makes the call and writes its answer. */
export async function answerCall(prepared: PreparedCall, request: RouteRequest, parts: RouteParts): Promise<void> {
  const { manifest, head, call, options, keepAliveMs, isStream } = prepared;
  const { answer, signal, headers } = request;
  const { models, clock, logger } = parts;
  if (options.unknown.length > 0)
    logger.warn({ model: manifest.name, options: options.unknown }, 'options without effect');
  const runner = models.runner(manifest);
  if (!call && keepAliveMs === 0) {
    await runner.unload();
    return answer.json(residencyLine(head, 'unload', clock.now()));
  }
  const startMs = performance.now();
  const callOptions = {
    signal,
    priority: readPriority(headers['x-tale-priority']),
    keepAliveMs,
    contextTokens: models.contextTokens(manifest, options.contextTokens),
  };
  if (!call) {
    await runner.load(callOptions);
    return answer.json(residencyLine(head, 'load', clock.now()));
  }
  let text = '';
  const outcome = await runner.call(call, {
    ...callOptions,
    onText(piece) {
      if (isStream) answer.line(deltaLine(head, piece, clock.now()));
      else text += piece.text;
    },
  });
  const final = finalLine(head, text, outcome, performance.now() - startMs, clock.now());
  if (isStream) answer.end(final);
  else answer.json(final);
}

/** 0 to 9, 9 is the most urgent; 5 where it is missing or something else. */
export function readPriority(header: string | string[] | undefined): number {
  return typeof header === 'string' && /^[0-9]$/.test(header) ? Number(header) : 5;
}
