import { SupervisorError } from '@tale/supervisor';
import { expect, it } from 'vitest';
import { explainFailure } from '../../src/supervisor/explain-failure.js';

const refused = (lastLines: string[]) =>
  new SupervisorError('refused-by-child', 'gateway 1 does not run: exit 2', {
    server: 'gateway',
    instance: 1,
    lastLines,
  });

it('says what the server said last about its failure', () => {
  const line = JSON.stringify({
    level: 60,
    msg: 'could not start',
    error: { message: 'tale.db is damaged.', hint: 'mv it' },
  });
  expect(explainFailure(refused(['plain', line, 'plain']))).toMatchObject({
    code: 'refused-by-child',
    message: 'gateway: tale.db is damaged.',
    hint: 'mv it',
    source: 'supervisor',
  });
});

it('shows the last lines where none says why', () => {
  expect(explainFailure(refused(['Killed', '{"level":30}']))).toMatchObject({
    message: 'gateway 1 does not run: exit 2',
    details: { lastLines: ['Killed', '{"level":30}'] },
  });
  expect(explainFailure(new Error('boom'))).toMatchObject({ code: 'internal', message: 'boom' });
});
