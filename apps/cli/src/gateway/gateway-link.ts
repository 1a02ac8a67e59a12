import type { RuntimeFile } from '@tale/supervisor';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, trustServer } from './runtime.js';
import type { ServerClient } from './server-client.js';

/** The way to the gateway for a command that needs it more than once. */
export interface GatewayLink {
  /** The gateway as it was found last; looked for again after {@link GatewayLink.forget}. `null` while it is down. */
  connect(): Promise<ServerClient | null>;
  /** Says that it did not answer: it may have moved. */
  forget(): void;
}

/** A link that trusts what was found, `runtime` at first, until somebody says otherwise. */
export function createGatewayLink({ folders }: Pick<CommandContext, 'folders'>, runtime: RuntimeFile): GatewayLink {
  let known = trustServer(runtime, 'gateway');
  return {
    async connect() {
      known ??= await findServer(readRuntime(folders.data), 'gateway');
      return known;
    },
    forget() {
      known = null;
    },
  };
}
