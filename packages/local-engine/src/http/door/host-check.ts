/** What a request says about where it comes from. */
export interface DoorFacts {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** Who may come in. */
export interface DoorRule {
  /** Our port. */ readonly port: number;
  /** Web pages that may ask, exact origins. */ readonly origins: readonly string[];
}

const names = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Whether a request may come in: addressed to this machine by a loopback name and our port, and not from a web page that is not
 * on the list. A page on another site reaches a loopback port too, by its own name (DNS rebinding) or with an Origin.
 */
export function isAllowed({ host, origin }: DoorFacts, { port, origins }: DoorRule): boolean {
  if (host === undefined || (origin !== undefined && !origins.includes(origin))) return false;
  const lower = host.toLowerCase();
  return names.some((name) => lower === `${name}:${port}` || (port === 80 && lower === name));
}
