import { McpTransportError } from '../errors.js';
import type { ServerSentEvent } from '../types.js';

/** Reads Server-Sent Events from the chunks of a body; comments are dropped. */
export interface EventStreamParser {
  /** The events that are complete with this chunk. */
  push(chunk: Uint8Array): ServerSentEvent[];
}

/**
 * An incremental reader: chunks may end anywhere, also within a character; lines end in LF, CR LF or CR. An event that is not complete when the
 * stream ends is dropped.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createEventStreamParser(maxEventLength = 4 << 20): EventStreamParser {
  const decoder = new TextDecoder(); // drops a byte order mark
  let buffer = '';
  let data: string[] = [];
  let dataLength = 0;
  let event = '';
  let id: string | null = null;
  const line = (text: string, events: ServerSentEvent[]) => {
    if (text === '') {
      if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id });
      data = [];
      dataLength = 0;
      event = '';
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'data') {
      data.push(value);
      dataLength += value.length;
    }
  };
  return {
    push(chunk) {
      const events: ServerSentEvent[] = [];
      buffer += decoder.decode(chunk, { stream: true });
      const end = /\r\n|\n|\r(?!$)/g; // a CR at the very end may be half of a CR LF
      let from = 0;
      for (let match = end.exec(buffer); match; match = end.exec(buffer)) {
        line(buffer.slice(from, match.index), events);
        from = end.lastIndex;
      }
      buffer = buffer.slice(from);
      if (buffer.length + dataLength > maxEventLength) {
        const message = `an event is longer than ${maxEventLength} characters`;
        throw new McpTransportError('too-large', message, { mayHaveRun: true });
      }
      return events;
    },
  };
}
