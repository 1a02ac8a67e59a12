import type { TextStream } from '../printer.js';
import type { StreamEvent } from './stream-event.js';

/** Puts the pieces of the answer together, whatever is repeated, missing or begun anew. */
export interface Transcript {
  /** Takes an event. */
  push(event: StreamEvent): void;
  /** Shows what of the stored answer is not shown yet, and ends the text. */
  finish(result: string | null): void;
  /** Whether any text of the answer was received. */
  readonly hasText: boolean;
}

/** Where the answer is shown. */
export interface TranscriptPorts {
  /** Begins a text on stdout. */
  open(): TextStream;
  /** Says that the text so far is void. */
  onRestart(): void;
  /** Whether pieces are shown as they come, or the whole at the end. */
  readonly live: boolean;
}

/**
 * The answer as it is shown. A call's text begins at 0; after a lost connection it is continued by a snapshot. A second call means
 * that the first one failed: its text is void. The stored result has the last word.
 */
export function createTranscript({ open, onRestart, live }: TranscriptPorts): Transcript {
  let stream: TextStream | null = null;
  let callId: string | null = null;
  const voidCalls = new Set<string>();
  let text = '';

  const restart = () => {
    if (text === '') return;
    stream?.end();
    stream = null;
    text = '';
    if (live) onRestart();
  };
  const append = (piece: string) => {
    if (piece === '') return;
    text += piece;
    if (!live) return;
    stream ??= open();
    stream.write(piece);
  };

  return {
    get hasText() {
      return text !== '';
    },
    push(event) {
      if (event.type !== 'text-delta' && event.type !== 'text-snapshot') return;
      if (event.labels.purpose !== 'answer' || voidCalls.has(event.callId)) return;
      if (event.callId !== callId) {
        if (callId !== null) voidCalls.add(callId);
        callId = event.callId;
        restart();
      }
      const offset = event.type === 'text-delta' ? event.offset : 0;
      // A gap is closed by the next snapshot, or by the stored result.
      if (offset > text.length) return;
      append(event.text.slice(text.length - offset));
    },
    finish(result) {
      if (result !== null && !result.startsWith(text)) restart();
      if (result !== null) append(result.slice(text.length));
      if (!live && text !== '') {
        stream = open();
        stream.write(text);
      }
      stream?.end();
      stream = null;
    },
  };
}
