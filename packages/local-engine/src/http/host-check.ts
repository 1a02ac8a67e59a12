/** What a request says about where it comes from. */
export interface DoorFacts {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

const names = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Whether a request may come in: addressed to this machine by a loopback name and our port, and not from a web page. A page on
 * another site reaches a loopback port too, by its own name (DNS rebinding) or with an Origin.
 */
export function isAllowed({ host, origin }: DoorFacts, port: number): boolean {
  if (origin !== undefined || host === undefined) return false;
  const lower = host.toLowerCase();
  return names.some((name) => lower === `${name}:${port}` || (port === 80 && lower === name));
}
