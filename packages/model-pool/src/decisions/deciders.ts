import { admit } from '../lanes/admission.js';
import { chooseGrant } from '../lanes/grant.js';
import { planLoad } from '../memory/plan.js';
import { chooseResidency } from '../residency/desired.js';
import { chooseMode } from '../residency/mode.js';
import { planSwap } from '../residency/swap.js';
import { chooseRoute } from '../routing/choose-route.js';
import { chooseCover } from '../routing/cover.js';
import { decideNextStep, type FailureView } from '../routing/retry.js';
import { type Choice, choose } from './choice.js';
import type { DecisionInputs, DecisionKind } from './decision-inputs.js';

/** A step that turns out to be another one than was recorded is told as such. */
function stepAs(kind: 'retry' | 'fallback' | 'fail', view: FailureView): Choice {
  const step = decideNextStep(view);
  return step.action === kind ? step : choose(`${step.action} ${step.chosen ?? ''}`.trim(), step.rejected);
}

/** Who makes room, in words; empty where there is enough. */
export function choosePlan(snapshot: DecisionInputs['memory']): Choice {
  const { fits, victims, heldBytes } = planLoad(snapshot);
  if (fits) return choose(victims.join(', '));
  return choose(null, [{ option: snapshot.name, reason: `${heldBytes} of ${snapshot.budgetBytes} bytes are held` }]);
}

/** What residency does, and what waits. */
export function chooseActions(snapshot: DecisionInputs['residency']): Choice {
  const actions = chooseResidency(snapshot);
  const doing = actions.filter(({ action }) => action !== 'wait').map(({ action, name }) => `${action} ${name}`);
  const waiting = actions.filter(({ action }) => action === 'wait');
  return choose(
    doing.length === 0 ? null : doing.join(', '),
    waiting.map(({ name, reason }) => ({ option: name, reason })),
  );
}

/** By kind, the pure function that decides: given the inputs of a recorded decision it makes the same choice again. */
export const deciders: { readonly [Kind in DecisionKind]: (inputs: DecisionInputs[Kind]) => Choice } = {
  route: chooseRoute,
  cover: chooseCover,
  grant: chooseGrant,
  retry: (view) => stepAs('retry', view),
  fallback: (view) => stepAs('fallback', view),
  fail: (view) => stepAs('fail', view),
  refuse: admit,
  load: ({ name, error }) => choose(error === null ? name : null),
  evict: ({ name }) => choose(name),
  memory: choosePlan,
  residency: chooseActions,
  strangers: ({ strangers }) =>
    choose(
      null,
      strangers.map(({ backend, model }) => ({ option: `${backend}/${model}`, reason: 'not ours to take out' })),
    ),
  swap: (view) => choose(planSwap(view).swap ? view.name : null),
  mode: (view) => choose(chooseMode(view).mode),
};
