import * as z from 'zod/mini';

/** Schema of {@link RuntimeFile}. */
export const runtimeFileSchema: z.ZodMiniType<RuntimeFile> = z.looseObject({
  format: z.literal('tale.runtime/1'),
  daemonId: z.string(),
  token: z.string(),
  servers: z.array(
    z.looseObject({
      name: z.string(),
      instance: z.number(),
      url: z.string(),
      pid: z.number(),
      nonce: z.string(),
    }),
  ),
});

/** One ready server of this machine. */
export interface RuntimeServer {
  /** `gateway`, `execution`, `models`, `local-engine` or `supervisor`. */
  name: string;
  /** From 1. */
  instance: number;
  /** Base address, without a slash at the end. */
  url: string;
  /** Process id. */
  pid: number;
  /** Random at each start; `/health` says the same. */
  nonce: string;
}

/** `runtime.json` of the data directory, 0600: who runs, where, and the token of all of them. */
export interface RuntimeFile {
  /** Version of this shape. */
  format: 'tale.runtime/1';
  /** The supervisor's start. */
  daemonId: string;
  /** Bearer token of all servers. */
  token: string;
  /** The servers that are ready. */
  servers: RuntimeServer[];
}

/** State of one server, at its `/health`. */
export interface HealthView {
  /** `ok`, or `degraded` with a reason. */
  status: 'ok' | 'degraded';
  /** Why it is degraded, or `null`. */
  reason: string | null;
  /** Name of the server. */
  name: string;
  /** From 1. */
  instance: number;
  /** Random at each start. */
  nonce: string;
}
