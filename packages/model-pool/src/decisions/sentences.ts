import type { Decision, DecisionOf, EvictReason } from '../events.js';
import { chooseGrant } from '../lanes/grant.js';
import { planLoad } from '../memory/plan.js';
import { chooseMode } from '../residency/mode.js';
import { decideNextStep } from '../routing/retry.js';
import { sayBytes, sayCount, sayMs, sayReason } from './words.js';

const states = {
  resident: 'which was in memory',
  loading: 'which was being loaded',
  absent: 'which had to be loaded',
  evicting: 'which had to be loaded',
  failed: 'whose last load had failed',
} as const;

const evictions: Readonly<Record<EvictReason, string>> = {
  linger: 'nobody used it',
  server: 'its server did that',
  memory: 'another model needed the memory',
  swap: 'another model took its turn',
  unresponsive: 'it answered no more',
  asked: 'somebody asked for that',
  closed: 'the pool was closed',
};

const sayRejected = (rejected: Decision['rejected']) =>
  rejected.map(({ option, reason }) => `${option} (${sayReason(reason)})`).join(', ');

function sayRoute({ inputs, chosen, rejected }: DecisionOf<'route'>): string {
  const { role, candidates, preferred } = inputs;
  const others = rejected.length === 0 ? '' : ` Not taken: ${sayRejected(rejected)}.`;
  const candidate = candidates.find(({ name }) => name === chosen);
  if (candidate === undefined) return `No model of the role ${role} could be asked.${others}`;
  const { part, state, pausedMs } = candidate;
  const whys: string[] = [states[state]];
  if (part === 'stand-in') whys.push('standing in while the memory of its own models was needed');
  if (part === 'cover') whys.push('helping out');
  if (chosen === preferred) whys.push('as the caller preferred');
  if (pausedMs > 0) whys.push(`although its server had asked to be left alone for ${sayMs(pausedMs)}`);
  return `The role ${role} went to ${chosen}, ${whys.join(', ')}.${others}`;
}

function sayCover({ inputs, chosen, rejected }: DecisionOf<'cover'>): string {
  const { chosen: large, cover, state } = inputs;
  if (state === 'resident') return '';
  if (chosen !== null) return `${chosen} answered meanwhile, while ${large} was loaded behind it.`;
  if (cover === null) return `No small model was in memory that could have answered before ${large} was loaded.`;
  return `Not covered: ${sayRejected(rejected)}.`;
}

function sayGrant({ inputs }: DecisionOf<'grant'>): string {
  const { entry, reason } = chooseGrant(inputs);
  if (entry === null) return '';
  const { lane, slot, behind, enteredMs } = entry;
  const aged = reason === 'aged' ? ' It went before others because it had waited long.' : '';
  if (behind === null) return `Its turn in the lane ${lane} came at once.${aged}`;
  const { running, waiting, uxOnDevice, pausedMs } = behind;
  const whys: string[] = [];
  if (running.length > 0) {
    const calls = running.map((call) => `${call.id} of ${call.lane}`).join(', ');
    whys.push(`behind ${sayCount(running.length, 'call')} that ran on ${slot} (${calls})`);
  }
  if (waiting > 0) whys.push(`behind ${sayCount(waiting, 'call')} that waited`);
  if (uxOnDevice > 0) whys.push('while a call of ux ran on the same machine');
  if (pausedMs > 0) whys.push(`because its server had asked to be left alone for ${sayMs(pausedMs)}`);
  return `It waited ${sayMs(inputs.nowMs - enteredMs)} in the lane ${lane}, ${whys.join(' and ')}.${aged}`;
}

function sayStep({ inputs, chosen, rejected }: DecisionOf<'retry' | 'fallback' | 'fail'>): string {
  const { action, delayMs, isPause, reload } = decideNextStep(inputs);
  if (action === 'fallback') return `${chosen} was asked instead.`;
  if (action === 'fail') {
    const others = rejected.filter(({ option }) => option !== inputs.name);
    return `Nothing was left to try.${others.length === 0 ? '' : ` Not asked: ${sayRejected(others)}.`}`;
  }
  if (reload)
    return `${chosen} was loaded anew and asked again: an aborted call before it may have kept its place on the server.`;
  if (isPause) return `Its server asked to be left alone for ${sayMs(delayMs)}; ${chosen} was asked again after that.`;
  return delayMs === 0 ? `${chosen} was asked again at once.` : `${chosen} was asked again after ${sayMs(delayMs)}.`;
}

function sayMemory({ inputs, chosen }: DecisionOf<'memory'>): string {
  const { name, needBytes, budgetBytes } = inputs;
  const { heldBytes, victims } = planLoad(inputs);
  const sizes = `${name} needs ${sayBytes(needBytes)}, ${sayBytes(heldBytes)} of ${sayBytes(budgetBytes)} were taken`;
  if (chosen === null) return `The memory was not enough: ${sizes}, and nobody could leave.`;
  return victims.length === 0 ? `${sizes}.` : `${victims.join(' and ')} left the memory: ${sizes}.`;
}

/** One decision as a sentence for people; empty where there is nothing to say. */
export function explainDecision(decision: Decision): string {
  switch (decision.kind) {
    case 'route':
      return sayRoute(decision);
    case 'cover':
      return sayCover(decision);
    case 'grant':
      return sayGrant(decision);
    case 'retry':
    case 'fallback':
    case 'fail':
      return sayStep(decision as DecisionOf<'retry' | 'fallback' | 'fail'>);
    case 'refuse': {
      const { inputs } = decision;
      if (inputs.by === 'gate') return `The gate refused the call: ${inputs.reason ?? 'it gave no reason'}.`;
      return `The lane ${inputs.lane} was full: ${sayCount(inputs.waiting, 'call')} waited in it.`;
    }
    case 'load': {
      const { name, loadMs, error } = decision.inputs;
      return error === null ? `${name} was loaded in ${sayMs(loadMs ?? 0)}.` : `${name} could not be loaded: ${error}.`;
    }
    case 'evict':
      return `${decision.inputs.name} was taken out of memory: ${evictions[decision.inputs.reason]}.`;
    case 'memory':
      return sayMemory(decision);
    case 'swap':
      return `${decision.inputs.name} took its turn in memory: ${sayCount(decision.inputs.queuedCalls, 'call')} waited for it.`;
    case 'mode':
      return `The models share the memory as ${decision.chosen}: ${chooseMode(decision.inputs).reason}.`;
    case 'residency': {
      const { chosen, rejected } = decision;
      const waits = rejected.length === 0 ? '' : ` Waiting: ${sayRejected(rejected)}.`;
      return `${chosen === null ? 'Nothing was done about residency.' : `For residency: ${chosen}.`}${waits}`;
    }
    case 'strangers':
      return `Models of others hold more memory than the budget leaves: ${sayRejected(decision.rejected)}.`;
  }
}
