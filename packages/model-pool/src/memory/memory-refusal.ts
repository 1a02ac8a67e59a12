import { poolError } from '../calls/call-error.js';
import { sayBytes } from '../decisions/words.js';
import type { ModelPoolError } from '../errors.js';
import type { HeldModel, LoadSnapshot } from './plan.js';

const sum = (held: readonly HeldModel[]) => held.reduce((bytes, model) => bytes + model.bytes, 0);
const say = (held: readonly HeldModel[]) => held.map(({ name, bytes }) => `${name} (${sayBytes(bytes)})`).join(', ');

/**
 * The error for a model that does not fit, with what can be done about it. It passes by itself where models that leave some
 * time are in its way, or where the memory of the machine is measured and all of it would not do at the moment.
 *
 * @param mostBytes what the measured machine holds when nothing else runs; `null` = not known
 */
export function memoryRefusal(
  { name, needBytes, budgetBytes, held }: LoadSnapshot,
  isMeasured: boolean,
  mostBytes: number | null = null,
): ModelPoolError {
  const heldBytes = sum(held);
  const staying = held.filter(({ stays, swappable }) => stays !== undefined && !swappable);
  const stayingBytes = sum(staying);
  const leaving = held.filter((model) => !staying.includes(model));
  const isTooLarge = needBytes > budgetBytes;
  const enoughBytes = needBytes + stayingBytes;
  const mayBeFreed = isMeasured && (mostBytes === null || enoughBytes <= mostBytes);
  const passes = isTooLarge ? mayBeFreed : needBytes <= budgetBytes - stayingBytes;
  const of = (kind: HeldModel['stays']) => staying.filter(({ stays }) => stays === kind);
  const steps = [
    ...(passes && leaving.length > 0 ? [`wait for ${say(leaving)}`] : []),
    ...(isTooLarge || of('pin').length === 0 ? [] : [`unload ${say(of('pin'))}, which was pinned by hand`]),
    ...(isTooLarge || of('stranger').length === 0 ? [] : [`unload ${say(of('stranger'))} where it was loaded`]),
    `give the role a smaller model, or ${name} a smaller context`,
    ...(isTooLarge || of('role').length === 0 ? [] : [`let a smaller model than ${say(of('role'))} stay`]),
    ...(mayBeFreed ? [`free memory: ${sayBytes(enoughBytes)} are needed in all`] : []),
    ...(isMeasured ? [] : [`raise the budget to ${sayBytes(enoughBytes)}`]),
  ];
  const message = `${name} needs ${sayBytes(needBytes)}, ${sayBytes(heldBytes)} of ${sayBytes(budgetBytes)} are taken`;
  return poolError('memory-insufficient', message, {
    retryable: passes,
    hint: steps.join('; or '),
    details: { needBytes, budgetBytes, heldBytes, stayingBytes },
  });
}
