import { once } from 'node:events';
import { createServer } from 'node:net';
import { limitTime } from '../../limit-time.js';
import type { Clock } from '../../types.js';
import type { PortFacts } from './facts.js';

const answerMs = 1_000;

/** Whether a port can be listened on, and who does so if not. */
export async function gatherPort(host: string, port: number, signal: AbortSignal, clock: Clock): Promise<PortFacts> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return { host, port, state: 'free', told: '' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') return { host, port, state: 'refused', told: String(code) };
    return { host, port, ...(await whoAnswers(host, port, signal, clock)) };
  } finally {
    server.close();
  }
}

async function whoAnswers(
  host: string,
  port: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<Pick<PortFacts, 'state' | 'told'>> {
  using limit = limitTime(answerMs, signal, clock);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/api/version`;
  try {
    const response = await fetch(url, { redirect: 'manual', signal: limit.signal });
    const body = (await response.json()) as { engine?: unknown; version?: unknown };
    if (body.engine === 'tale-local-engine') return { state: 'engine', told: 'a local-engine answers already' };
    if (typeof body.version === 'string')
      return { state: 'taken', told: `Ollama ${body.version.slice(0, 40)} answers` };
    if (response.status === 401) return { state: 'taken', told: 'a server that wants a token answers' };
  } catch {
    signal.throwIfAborted();
  }
  return { state: 'taken', told: 'another program listens' };
}
