import { randomUUID } from 'node:crypto';

/** What `/health` and `/ready` say. */
export interface HealthOptions {
  /** Names this start of the process. @defaultValue a random one */
  readonly nonce?: string;
  /** Whether the server takes work. @defaultValue `true` from the start */
  readonly ready?: () => boolean | Promise<boolean>;
  /** Further facts for callers with the token, such as versions. Its `status` replaces `ok`, also without a token. */
  readonly view?: () => object | Promise<object>;
}

/** An answer of `/health` or `/ready`. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: Record<string, unknown>;
}

/** Answers for a path; without a token only the state and the nonce. */
export function createHealth({ nonce = randomUUID(), ready = () => true, view = () => ({}) }: HealthOptions) {
  return async (path: string, isDraining: boolean, hasToken: boolean): Promise<HealthAnswer> => {
    const { status: ownStatus, ...facts } = { ...(await view()) } as Record<string, unknown>;
    const isReady = !isDraining && (await ready());
    const readiness = isReady ? 'ready' : 'starting';
    const status = isDraining ? 'draining' : path === '/ready' ? readiness : (ownStatus ?? 'ok');
    const body = { ...(hasToken ? facts : {}), status, nonce };
    return { status: path === '/ready' && !isReady ? 503 : 200, body };
  };
}
