import { ContextError, type FittedPrompt, type ModelWindow, type PlanItem, type Windows } from '@tale/context';
import { type CallEnd, ModelPoolError } from '@tale/model-pool';
import { ServerError } from '../server/server-error.js';

/** What a task's call is made of. */
export interface PromptParts {
  readonly system: string;
  readonly prompt: string;
  readonly items: readonly PlanItem[];
}

/** What came of a call, for the window it was fitted for. */
export type CallOutcome =
  | { readonly kind: 'ok' }
  /** The server read less than was sent, or refused it: another fit of less is worth a try, or `error` is the end. */
  | { readonly kind: 'again' }
  | { readonly kind: 'over'; readonly error: ServerError };

/** Fits prompts into the window of the planning model, and sees afterwards that all of a prompt was read. */
export interface PromptWindow {
  /** @throws `context-too-long` with `needTokens`, `windowTokens` and `parts` */
  fit(window: ModelWindow, parts: PromptParts, before: FittedPrompt | null, signal: AbortSignal): Promise<FittedPrompt>;
  /** After an answer. */
  answered(window: ModelWindow, fit: FittedPrompt, end: CallEnd): Promise<CallOutcome>;
  /** After a failure. `ok` = it has nothing to do with the window; `fit` is `null` where nothing was fitted. */
  failed(fit: FittedPrompt | null, error: unknown): Promise<CallOutcome>;
}

const hint =
  'Shorten the prompt, split it into several tasks, or set models.planning to a model with a larger context.';

export function createPromptWindow({ fitPrompt, observe }: Pick<Windows, 'fitPrompt' | 'observe'>): PromptWindow {
  return {
    async fit(model, { system, prompt, items }, before, signal) {
      const after = before === null ? {} : { after: before.fitId };
      try {
        // A prompt without its middle is another task: what does not fit whole is refused.
        return await fitPrompt(
          { model, system, current: prompt, data: items, keepsCurrent: true, ...after },
          { signal },
        );
      } catch (error) {
        throw ContextError.isInstance(error) && error.code === 'window-too-small' ? tooLong(error, model) : error;
      }
    },
    async answered(window, fit, { usage, model }) {
      const isKnown = usage.source === 'reported' && model === window.model;
      const promptTokens = isKnown ? usage.inputTokens : null;
      const cachedTokens = isKnown ? usage.cacheReadTokens : null;
      const { kind, isRefitWorthwhile } = await observe({ fitId: fit.fitId, promptTokens, cachedTokens });
      if (kind !== 'truncated') return { kind: 'ok' };
      return isRefitWorthwhile ? { kind: 'again' } : { kind: 'over', error: cut(window, fit, usage.inputTokens) };
    },
    async failed(fit, error) {
      if (!ModelPoolError.isInstance(error) || error.code !== 'context-too-long') return { kind: 'ok' };
      if (fit === null) return { kind: 'over', error: refused(error) };
      const { promptTokens: told } = error.details;
      const promptTokens = typeof told === 'number' ? told : null;
      const { isRefitWorthwhile } = await observe({ fitId: fit.fitId, promptTokens, error: error.code });
      return isRefitWorthwhile ? { kind: 'again' } : { kind: 'over', error: refused(error) };
    },
  };
}

function tooLong(cause: ContextError, { model }: ModelWindow): ServerError {
  const { needTokens, windowTokens, parts } = cause;
  const message = `The prompt has about ${needTokens} tokens; with room for an answer that is too long for ${model}, which takes ${windowTokens}.`;
  return new ServerError('context-too-long', message, { cause, hint, details: { needTokens, windowTokens, parts } });
}

/** The server answered without having read everything: that is no answer. */
function cut(
  { model, contextTokens: windowTokens }: ModelWindow,
  { tokens }: FittedPrompt,
  readTokens: number,
): ServerError {
  const { total: needTokens, system, recall, current } = tokens;
  const message = `The server of ${model} read ${readTokens} of about ${needTokens} tokens and dropped the rest without a word.`;
  const parts = { system, recall, current };
  return new ServerError('context-too-long', message, {
    hint,
    details: { needTokens, windowTokens, readTokens, parts },
  });
}

/** What a person can do about a refusal that only another prompt or model mends. */
function refused(cause: ModelPoolError): ServerError {
  return new ServerError(cause.code, cause.message, { cause, hint, details: { ...cause.details } });
}
