import type { SupervisorConnection } from '@tale/supervisor/child';
import { log } from '../server/log.js';

/** Shows a server whose disk does not store as degraded, for as long as that lasts. */
export function reportHealth(supervisor: SupervisorConnection): (problem: string | null) => void {
  return (problem) => {
    if (problem === null) log.info({}, 'the database can be written again');
    else log.error({ problem }, problem);
    supervisor.degraded(problem);
  };
}
