import type { CommandContext } from '../context.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import type { Command } from '../parse-command.js';
import { gatherFacts } from './gather.js';
import { judgeMachine } from './judge.js';

/** Looks at everything that serving needs, and says what to do where something is missing. */
export async function examineMachine(
  { host, port }: Extract<Command, { name: 'doctor' }>,
  { dataDir, runnerEntry, environment, printer, signal, isJson, clock }: CommandContext,
): Promise<ExitCode> {
  const where = { host: host ?? '127.0.0.1', port: port ?? 11_435 };
  const checks = judgeMachine(
    await gatherFacts({ dataDir, runnerEntry, environment, signal, ...where, ...(clock && { clock }) }),
  );
  const isHealthy = checks.every(({ state }) => state !== 'failed');
  if (isJson) {
    printer.document({ schema: 'tale.engine-doctor/1', isHealthy, checks });
  } else {
    for (const { name, state, told, next } of checks) {
      printer.out(`${state.padEnd(8)} ${name.padEnd(8)} ${told}`);
      if (next !== null) printer.out(`${' '.repeat(18)}→ ${next}`);
    }
  }
  return isHealthy ? exitCodes.done : exitCodes.failed;
}
