import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { confirm } from '../../src/memory/confirm.js';
import { createHome } from '../support/home.js';
import { createTestContext } from '../support/streams.js';

async function ask(typed: string | null, canAsk = true, yes = false) {
  await using home = await createHome();
  const { context, err } = createTestContext(home, { canAsk });
  const input = new PassThrough();
  if (typed === null) input.end();
  else input.end(`${typed}\n`);
  const confirmation = { yes, question: 'Forget 3 messages?', answer: 'everything' };
  const outcome = await confirm(context, confirmation, input).then(
    () => 'agreed',
    (error: { envelope: { code: string } }) => error.envelope.code,
  );
  return { outcome, err: err() };
}

it.each([
  ['everything', 'agreed'],
  [' Everything ', 'agreed'],
  ['yes', 'aborted'],
  ['', 'aborted'],
  [null, 'aborted'],
])('takes %j as %s', async (typed, outcome) => {
  expect(await ask(typed)).toEqual({ outcome, err: 'Forget 3 messages? Type everything to go on:\n' });
});

it('asks nobody who has agreed, and refuses where nobody can be asked', async () => {
  expect(await ask(null, false, true)).toEqual({ outcome: 'agreed', err: '' });
  expect(await ask('everything', false)).toEqual({ outcome: 'usage', err: '' });
});
