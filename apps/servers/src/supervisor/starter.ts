import type { ErrorEnvelope } from '@tale/protocol';
import type { ServerStatus } from '@tale/supervisor';

/** Whoever started this process and watches until it is ready; nobody, after it has let go. */
export interface Starter {
  state(status: Pick<ServerStatus, 'name' | 'instance' | 'state' | 'reason'>): void;
  ready(): void;
  /** Resolves when the message is out. */
  failed(error: ErrorEnvelope, exitCode: number): Promise<void>;
}

export function createStarter(host: NodeJS.Process): Starter {
  // The starter leaves when it has seen enough; that must not end this process.
  host.on('disconnect', () => undefined);
  const send = (message: object) =>
    new Promise<void>((resolve) => {
      if (!host.send || !host.connected) resolve();
      else host.send(message, () => resolve());
    });
  return {
    state: ({ name, instance, state, reason }) => void send({ type: 'server-state', name, instance, state, reason }),
    ready: () => void send({ type: 'ready' }),
    failed: (error, exitCode) => send({ type: 'failed', error, exitCode }),
  };
}
