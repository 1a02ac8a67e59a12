import type { Logger } from '../../../types.js';

/** Says which parts of a request have no effect. */
export function logIgnored(
  logger: Logger,
  model: string,
  ignored: { readonly options: readonly string[]; readonly context?: unknown },
): void {
  if (ignored.options.length > 0) logger.warn({ model, options: ignored.options }, 'options without effect');
  if (ignored.context !== undefined && ignored.context !== null) logger.warn({ model }, 'context is ignored');
}
