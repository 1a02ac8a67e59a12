import type { FakeExchange } from './exchange.js';

/** What was written must leave before a reset, which would throw it away. */
const leaveMs = 30;

/** Plays a fault that every fake plays alike: of the connection, or a web page instead of an answer. Returns whether it was one; the request is over then. */
export async function playCommonFault(exchange: FakeExchange, kind: string): Promise<boolean> {
  const { response, entry } = exchange;
  switch (kind) {
    case 'silent':
    case 'stall':
      entry.end = 'fault';
      await exchange.hang();
      return true;
    case 'reset':
      entry.end = 'fault';
      response.socket?.resetAndDestroy();
      return true;
    case 'reset-mid':
      entry.end = 'fault';
      await exchange.wait(leaveMs);
      response.socket?.resetAndDestroy();
      return true;
    case 'html':
      exchange.begin({ 'content-type': 'text/html' });
      exchange.spoil('<html>Please log in</html>');
      return true;
    default:
      return false;
  }
}
