import { inspectGguf } from '../../gguf/inspect.js';
import type { FromRunner, RunnerFailureCode, ToRunner } from '../protocol.js';
import { examineRuntime } from './examine-runtime.js';
import { RunnerFailure } from './failure.js';
import type { Llama, LlamaModule } from './llama.js';
import { openSession, type Session, startLlama } from './session.js';
import type { ThreadMeter } from './thread-control.js';

/** What the child's messages are carried by, and where it finds its engine. */
export interface RunnerHost {
  send(message: FromRunner): void;
  onMessage(listener: (message: ToRunner) => void): void;
  importRuntime(runtimeDir: string): Promise<LlamaModule>;
  residentBytes(): number;
  readonly meter: ThreadMeter;
  /** Names a call of a function. */
  createId(): string;
}

/** Signs of life that show nothing are sent no more often. */
const workEveryMs = 1_000;

/** Serves one model over messages: the whole life of a child. */
export function serveRunner(host: RunnerHost): void {
  let session: Session | null = null;
  let started: { readonly module: LlamaModule; readonly llama: Llama; readonly hasGpu: boolean } | null = null;
  const running = new Map<number, AbortController>();

  const fail = (id: number | null, error: unknown, fallback: RunnerFailureCode) => {
    const { code, facts } = error instanceof RunnerFailure ? error : { code: fallback, facts: null };
    const message = error instanceof Error ? error.message : String(error);
    host.send({ type: 'failure', id, code, message, ...(facts && { facts }) });
  };

  const start = async (runtimeDir: string, threads: number, gpuLayers: number | null) => {
    const hasGpu = gpuLayers !== 0;
    if (started?.hasGpu === hasGpu) return started;
    const module = started?.module ?? (await host.importRuntime(runtimeDir));
    started = { module, llama: await startLlama(module, threads, gpuLayers), hasGpu };
    return started;
  };

  const probe = async ({ runtimeDir, threads }: Extract<ToRunner, { type: 'probe' }>) => {
    try {
      const { llama } = await start(runtimeDir, threads, null);
      const vram = await llama.getVramState();
      const [gpu, isUnified] = [llama.gpu === false ? null : llama.gpu, vram.unifiedSize > 0];
      const [vramFreeBytes, vramTotalBytes] = [vram.free, vram.total];
      host.send({ type: 'probed', gpu, vramFreeBytes, vramTotalBytes, isUnified });
    } catch (error) {
      fail(null, error, 'load-failed');
    }
  };

  const examine = async (runtimeDir: string) => {
    try {
      host.send({ type: 'examined', ...(await examineRuntime(await host.importRuntime(runtimeDir))) });
    } catch (error) {
      fail(null, error, 'load-failed');
    }
  };

  const load = async (message: Extract<ToRunner, { type: 'load' }>) => {
    try {
      const { module, llama } = await start(message.runtimeDir, message.threads, message.gpuLayers);
      session = await openSession(module, llama, {
        ...message,
        ...{ meter: host.meter, createId: host.createId },
        onProgress: (progress) => host.send({ type: 'progress', progress }),
      });
      const { contextTokens, vramBytes } = session;
      host.send({ type: 'ready', contextTokens, vramBytes, residentBytes: host.residentBytes() });
    } catch (error) {
      fail(null, error, 'load-failed');
    }
  };

  const answer = async ({ id, call, priority, maxThreads }: Extract<ToRunner, { type: 'call' }>) => {
    const controller = new AbortController();
    running.set(id, controller);
    let workedAtMs = Number.NEGATIVE_INFINITY;
    try {
      if (!session) throw new RunnerFailure('internal', 'no model is loaded');
      const result = await session.answer(call, {
        ...{ signal: controller.signal, priority, maxThreads },
        onText: (piece) => host.send({ type: 'delta', id, ...piece }),
        onPrefill: (doneTokens, totalTokens) => host.send({ type: 'prefill', id, doneTokens, totalTokens }),
        onUnenforced: (keywords) => host.send({ type: 'unenforced', id, keywords }),
        onWork() {
          if (host.meter.now() - workedAtMs < workEveryMs) return;
          workedAtMs = host.meter.now();
          host.send({ type: 'working', id });
        },
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
      fail(null, error, 'internal');
    }
  };

  host.onMessage((message) => {
    switch (message.type) {
      case 'probe':
        return void probe(message);
      case 'examine':
        return void examine(message.runtimeDir);
      case 'load':
        return void load(message);
      case 'call':
        return void answer(message);
      case 'abort':
        return running.get(message.id)?.abort();
      case 'threads':
        return session?.grantThreads(message.threads);
      case 'ping':
        return host.send({ type: 'pong', residentBytes: host.residentBytes() });
      case 'inspect':
        return void inspect(message.path);
    }
  });
}
