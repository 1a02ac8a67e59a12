import { wantedPorts } from './port-book.js';
import type { ServerSpec } from './types.js';

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Throws `TypeError` at the first spec that cannot be meant; a name is also a file name. */
export function checkSpecs(specs: readonly ServerSpec[]): void {
  const names = new Set<string>();
  for (const spec of specs) {
    const refuse = (why: string) => new TypeError(`server ${JSON.stringify(spec.name)}: ${why}`);
    if (!NAME.test(spec.name)) throw refuse('a name is lower-case letters, digits and dashes');
    if (names.has(spec.name)) throw refuse('the name is there twice');
    names.add(spec.name);
    if ((spec.file === null) === (spec.command === null)) throw refuse('give either file or command');
    if (!Number.isInteger(spec.instances) || spec.instances < 1) throw refuse('instances is a whole number from 1');
    if (spec.command !== null && spec.ready.by !== 'http') throw refuse("a foreign program is ready by 'http'");
    if (spec.ready.by === 'http' && spec.port === null) throw refuse("ready by 'http' needs a port");
    if (!wantedPorts(spec.port, spec.instances).every(isPort)) throw refuse('a port is 0 to 65535');
    if (spec.port?.more !== undefined && !isPort(spec.port.more)) throw refuse('more is a port from 1 to 65535');
  }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 65_535;
}
