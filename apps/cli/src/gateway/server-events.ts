/** An event of a stream, as text. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** The events of a stream whose data have one line each, as JSON has. */
export async function* readServerEvents(
  chunks: AsyncIterable<Buffer | string>,
): AsyncGenerator<ServerEvent, void, undefined> {
  const decoder = new TextDecoder();
  let buffer = '';
  let event = 'message';
  for await (const chunk of chunks) {
    buffer += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = buffer.split(/\r\n|\n/);
    buffer = lines.pop() ?? '';
    for (const line of lines) {
      const [, field, value = ''] = /^(event|data): ?(.*)$/.exec(line) ?? [];
      if (field === 'event') event = value;
      else if (field === 'data') yield { event, data: value };
      else if (line === '') event = 'message';
    }
  }
}
