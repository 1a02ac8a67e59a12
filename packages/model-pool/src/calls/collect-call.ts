import type { CallEvent } from '../events.js';
import type { CallEnd, CallResult, ToolCall } from '../types.js';
import { poolError } from './call-error.js';

/** Reads a call to its end. Text that a fallback voids is dropped. */
export async function collectCall(events: AsyncIterable<CallEvent>): Promise<CallResult> {
  let text = '';
  let thinking = '';
  const toolCalls: ToolCall[] = [];
  let end: CallEnd | null = null;
  for await (const event of events) {
    if (event.type === 'text-delta') text += event.text;
    else if (event.type === 'thinking-delta') thinking += event.text;
    else if (event.type === 'tool-call') toolCalls.push({ id: event.id, name: event.name, arguments: event.arguments });
    else if (event.type === 'call-fallback' && event.dropText) text = thinking = '';
    else if (event.type === 'call-end') end = event;
  }
  if (end === null) throw poolError('stream-broken', 'the call ended without its last event');
  return { requestId: end.requestId, callId: end.callId, text, thinking, toolCalls, end };
}
