import type { Decision } from '../events.js';

const others = (decision: Decision) =>
  decision.rejected.length === 0
    ? ''
    : ` Not taken: ${decision.rejected.map(({ option, reason }) => `${option} (${reason})`).join(', ')}.`;

/** One decision as a sentence for people. */
export function explainDecision(decision: Decision): string {
  const { inputs, chosen, kind } = decision;
  const of = (key: string) => String(inputs[key] ?? 'unknown');
  switch (kind) {
    case 'route':
      return chosen === null
        ? `No model of the role ${of('role')} could be asked.${others(decision)}`
        : `The role ${of('role')} went to ${chosen}, which was ${of('state')}.${others(decision)}`;
    case 'grant':
      return `The lane ${of('lane')} let it go after ${of('queueMs')} ms${inputs.reason === 'aged' ? ', because it had waited long' : ''}.`;
    case 'load':
      return chosen === null
        ? `${of('name')} could not be loaded: ${of('error')}.`
        : `${of('name')} was loaded in ${of('loadMs')} ms.`;
    case 'evict':
      return `${of('name')} was taken out of memory: ${of('reason')}.`;
    case 'fallback':
      return `${of('from')} failed (${of('reason')}), so ${chosen} was asked.`;
    case 'retry':
      return `Attempt ${of('attempt')} on ${chosen} failed (${of('reason')}); it was tried again after ${of('delayMs')} ms.`;
    case 'fail':
      return `Attempt ${of('attempt')} failed (${of('reason')}) and nothing was left to try.`;
    case 'refuse':
      return `The gate refused the call: ${of('reason')}.`;
    case 'residency':
      return `${of('name')} should be in memory and was ${of('state')}: ${chosen}.`;
  }
}
