import { LocalEngineError, type LocalEngineErrorCode, type SourceFailure } from '../errors.js';

/** How to reach an engine. */
export interface EngineAddress {
  /** Its `url`. */ readonly url: string;
  /** Its token, where it has one. */ readonly token?: string | undefined;
  /** Ends the request; the engine stops fetching when nobody else waits. */ readonly signal?: AbortSignal;
  /** The platform's fetch. */ readonly fetch?: typeof fetch;
}

/** One line of a pull. */
export interface PullLine {
  /** What happens. */ readonly status: string;
  /** Bytes of the model, once known. */ readonly total?: number;
  /** Bytes that are there. */ readonly completed?: number;
  /** The source, where the line is about one. */ readonly source?: string;
  /** Why that source failed, where it did. */ readonly code?: LocalEngineErrorCode;
}

/**
 * Pulls one model over HTTP.
 *
 * @throws {@link LocalEngineError} as the engine reports it; the signal's reason
 */
export async function pullModel(
  model: string,
  { url, token, signal, fetch: request = fetch }: EngineAddress,
  onLine: (line: PullLine) => void,
): Promise<void> {
  const ended = (what: string) => (cause: unknown) => {
    signal?.throwIfAborted();
    throw new LocalEngineError('pull-failed', what, { model, retryable: true, cause });
  };
  const response = await request(`${url}/api/pull`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ model }),
    ...(signal && { signal }),
  }).catch(ended(`the engine at ${url} cannot be reached`));
  if (!response.ok || !response.body) {
    const body = (await response.json().catch(() => ({ error: `status ${response.status}` }))) as ErrorBody;
    throw asError(model, body);
  }
  let isDone = false;
  const early = `the pull of ${model} ended early`;
  for await (const parsed of objectsOf(response.body, ended(early))) {
    if (typeof parsed.error === 'string') throw asError(model, parsed);
    if (parsed.status === 'success') isDone = true;
    onLine(parsed);
  }
  if (!isDone) throw new LocalEngineError('pull-failed', early, { model, retryable: true });
}

/** The objects of a body, one a line; `onBroken` throws for a connection that breaks and for what is no JSON. */
async function* objectsOf(
  body: ReadableStream<Uint8Array>,
  onBroken: (cause: unknown) => never,
): AsyncGenerator<PullLine & ErrorBody> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value = '\n' } = await reader.read().catch(onBroken);
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line !== '') yield parse(line, onBroken);
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function parse(line: string, onBroken: (cause: unknown) => never): PullLine & ErrorBody {
  try {
    return JSON.parse(line);
  } catch (cause) {
    return onBroken(cause);
  }
}

interface ErrorBody {
  readonly error?: string;
  readonly code?: LocalEngineErrorCode;
  readonly retryable?: boolean;
  readonly attempts?: SourceFailure[];
  readonly needed_bytes?: number;
  readonly available_bytes?: number;
}

function asError(model: string, body: ErrorBody): LocalEngineError {
  return new LocalEngineError(body.code ?? 'pull-failed', body.error ?? 'unknown', {
    model,
    retryable: body.retryable ?? false,
    attempts: body.attempts ?? [],
    ...(body.needed_bytes !== undefined && { neededBytes: body.needed_bytes }),
    ...(body.available_bytes !== undefined && { availableBytes: body.available_bytes }),
  });
}
