import type { IncomingMessage } from 'node:http';

/** Why a head is refused, or `null`. */
export type HeadVerdict = { readonly status: 400 | 403; readonly message: string } | null;

const wellFormedHost = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?$/i;

/** What the head of a request says about who sent it. */
export interface RequestHead {
  /** Request target. */
  readonly target: string;
  /** Names and values, in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** All values of a header, also repeated ones that Node's own `headers` drops. */
export function headerValues({ rawHeaders }: Pick<RequestHead, 'rawHeaders'>, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/**
 * Host and Origin against exact lists: a page of a stranger reaches a loopback port under its own name (DNS rebinding)
 * or sends its Origin with the request.
 */
export function judgeHead(head: RequestHead, hosts: readonly string[], origins: readonly string[]): HeadVerdict {
  if (!head.target.startsWith('/')) return { status: 400, message: 'the request target is not a path' };
  for (const name of ['host', 'authorization', 'content-type', 'content-length']) {
    if (headerValues(head, name).length > 1) return { status: 400, message: `more than one ${name} header` };
  }
  const host = headerValues(head, 'host')[0] ?? '';
  if (!wellFormedHost.test(host)) return { status: 400, message: 'the Host header is not host:port' };
  if (!hosts.includes(host.toLowerCase())) return { status: 403, message: 'the Host header names another host' };
  const origin = headerValues(head, 'origin');
  if (origin.length > 0 && !(origin.length === 1 && origins.includes(origin[0] as string))) {
    return { status: 403, message: 'the Origin is not allowed' };
  }
  return null;
}

/** The names under which a loopback port is reached. Port 80 is the one that a Host may leave out. */
export function loopbackHosts(port: number): string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])];
}

/** The head of a Node request. */
export const headOf = (request: IncomingMessage): RequestHead => ({
  target: request.url ?? '',
  rawHeaders: request.rawHeaders,
});
