import { ModelPoolError } from '@tale/model-pool';
import { isErrorEnvelope } from '@tale/protocol';
import { TasksError } from '@tale/tasks';
import { expect, it } from 'vitest';
import { ServerError } from '../../src/server/server-error.js';
import { toEnvelope } from '../../src/server/to-envelope.js';

it('keeps the facts of a server error', () => {
  const error = new ServerError('disk-full', 'full', {
    hint: 'free some',
    retryable: true,
    retryAfterMs: 5,
    details: { a: 1 },
  });
  expect(toEnvelope(error, 'models')).toEqual({
    code: 'disk-full',
    message: 'full',
    hint: 'free some',
    source: 'models',
    retryable: true,
    retryAfterMs: 5,
    details: { a: 1 },
  });
});

it("takes the libraries' errors by structure", () => {
  expect(toEnvelope(new TasksError('key-conflict', 'other payload'), 'gateway')).toMatchObject({
    code: 'key-conflict',
    source: 'gateway',
  });
  const down = new ModelPoolError('backend-down', 'no answer', { retryable: true });
  expect(toEnvelope(down, 'models')).toMatchObject({ code: 'backend-down', retryable: true });
});

it('makes anything else internal, without losing its code, and never a stack', () => {
  const envelope = toEnvelope(Object.assign(new Error('boom'), { code: 'E_ODD' }), 'gateway');
  expect(envelope).toMatchObject({ code: 'internal', message: 'boom', details: { code: 'E_ODD' } });
  expect(JSON.stringify(envelope)).not.toContain('.ts:');
  for (const odd of ['text', null, undefined, 7, []]) expect(isErrorEnvelope(toEnvelope(odd, 'x'))).toBe(true);
});

it("names a gate's refusal by its reason", () => {
  const refused = Object.assign(new Error('over budget'), {
    code: 'refused',
    reason: 'rate-limited',
    retryable: false,
  });
  expect(toEnvelope(refused, 'models').code).toBe('rate-limited');
});

it('keeps what is wrong with a configuration or a folder, and where', () => {
  const problems = [{ key: 'gatway', file: '/c/config.jsonc', line: 3, suggestion: 'gateway' }];
  const unknownKey = Object.assign(new Error('unknown key'), {
    code: 'unknown-key',
    path: '/c/config.jsonc',
    problems,
  });
  expect(toEnvelope(unknownKey, 'supervisor')).toMatchObject({
    code: 'unknown-key',
    details: { path: '/c/config.jsonc', problems },
  });
  const unsafe = Object.assign(new Error('a link'), { code: 'unsafe-file', path: '/data', problems: [] });
  expect(toEnvelope(unsafe, 'supervisor')).toMatchObject({ code: 'unsafe-file', details: { path: '/data' } });
});
