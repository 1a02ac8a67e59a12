import { inspectGguf } from '../../gguf/inspect.js';
import type { FromRunner, RunnerFailureCode, ToRunner } from '../protocol.js';
import { RunnerFailure } from './failure.js';
import type { LlamaModule } from './llama.js';
import { openSession, type Session } from './session.js';

/** What the child's messages are carried by, and where it finds its engine. */
export interface RunnerHost {
  send(message: FromRunner): void;
  onMessage(listener: (message: ToRunner) => void): void;
  importRuntime(runtimeDir: string): Promise<LlamaModule>;
  residentBytes(): number;
}

/** Serves one model over messages: the whole life of a child. */
export function serveRunner(host: RunnerHost): void {
  let session: Session | null = null;
  const running = new Map<number, AbortController>();

  const fail = (id: number | null, error: unknown, fallback: RunnerFailureCode) => {
    const code = error instanceof RunnerFailure ? error.code : fallback;
    host.send({ type: 'failure', id, code, message: error instanceof Error ? error.message : String(error) });
  };

  const load = async (message: Extract<ToRunner, { type: 'load' }>) => {
    try {
      const llamaModule = await host.importRuntime(message.runtimeDir);
      session = await openSession(llamaModule, {
        modelPath: message.modelPath,
        contextTokens: message.contextTokens,
        threads: message.threads,
        onProgress: (progress) => host.send({ type: 'progress', progress }),
      });
      host.send({ type: 'ready', contextTokens: session.contextTokens, residentBytes: host.residentBytes() });
    } catch (error) {
      fail(null, error, 'load-failed');
    }
  };

  const answer = async ({ id, call }: Extract<ToRunner, { type: 'call' }>) => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      if (!session) throw new RunnerFailure('internal', 'no model is loaded');
      const result = await session.answer(call, {
        signal: controller.signal,
        onText: (piece) => host.send({ type: 'delta', id, ...piece }),
        onPrefill: (doneTokens, totalTokens) => host.send({ type: 'prefill', id, doneTokens, totalTokens }),
      });
      host.send({ type: 'done', id, result });
    } catch (error) {
      fail(id, error, controller.signal.aborted ? 'aborted' : 'internal');
    } finally {
      running.delete(id);
    }
  };

  const inspect = async (path: string) => {
    try {
      host.send({ type: 'inspected', facts: await inspectGguf(path) });
    } catch (error) {
      fail(null, error, 'invalid-gguf');
    }
  };

  host.onMessage((message) => {
    switch (message.type) {
      case 'load':
        return void load(message);
      case 'call':
        return void answer(message);
      case 'abort':
        return running.get(message.id)?.abort();
      case 'threads':
        return session?.setThreads(message.threads);
      case 'ping':
        return host.send({ type: 'pong', residentBytes: host.residentBytes() });
      case 'inspect':
        return void inspect(message.path);
    }
  });
}
