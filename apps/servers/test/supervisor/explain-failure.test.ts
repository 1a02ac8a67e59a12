import { SupervisorError } from '@tale/supervisor';
import { expect, it } from 'vitest';
import { describeFailedStart } from '../../src/server/run-server.js';
import { ServerError } from '../../src/server/server-error.js';
import { explainFailure } from '../../src/supervisor/explain-failure.js';

const refused = (lastLines: string[]) =>
  new SupervisorError('refused-by-child', 'gateway 1 does not run: exit 2', {
    server: 'gateway',
    instance: 1,
    lastLines,
  });

it('says what the server said last about its failure', () => {
  const said = describeFailedStart(new ServerError('storage-failed', 'tale.db is damaged.', { hint: 'mv it' }));
  expect(explainFailure(refused(['plain', said, 'plain']))).toMatchObject({
    code: 'refused-by-child',
    message: 'gateway: tale.db is damaged.',
    hint: 'mv it',
    source: 'supervisor',
  });
  expect(explainFailure(refused([describeFailedStart('odd')]))).toMatchObject({ message: 'gateway: odd', hint: null });
});

it('shows the last lines where none says why', () => {
  expect(explainFailure(refused(['Killed']))).toMatchObject({
    message: 'gateway 1 does not run: exit 2',
    details: { lastLines: ['Killed'] },
  });
  expect(explainFailure(new Error('boom'))).toMatchObject({ code: 'internal', message: 'boom' });
});
