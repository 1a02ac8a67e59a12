import { expect, it } from 'vitest';
import { readChildMessage, readSupervisorMessage } from '../src/messages.js';

const beat = { rssBytes: 1, cpuMs: 1 };

it.each([
  { type: 'ready', url: null },
  { type: 'ready', url: 'x' },
  { type: 'degraded', reason: null },
  { type: 'beat', beat },
])('reads %o of a child', (message) => {
  expect(readChildMessage(message)).toBe(message);
});

it.each([
  null,
  'ready',
  7,
  [],
  {},
  { type: 'ready' },
  { type: 'ready', url: 7 },
  { type: 'degraded' },
  { type: 'beat' },
  { type: 'beat', beat: null },
  { type: 'beat', beat: { rssBytes: 'x', cpuMs: 1 } },
  { type: 'other' },
])('passes over %o of a child', (message) => {
  expect(readChildMessage(message)).toBeNull();
});

it.each([
  { type: 'start', daemonId: 'd', token: 't', servers: [] },
  { type: 'runtime', servers: [] },
  { type: 'stop', drainMs: 5 },
])('reads %o of a supervisor', (message) => {
  expect(readSupervisorMessage(message)).toBe(message);
});

it.each([
  null,
  'stop',
  {},
  { type: 'start' },
  { type: 'start', token: 't' },
  { type: 'runtime' },
  { type: 'stop' },
  { type: 'x' },
])('passes over %o of a supervisor', (message) => {
  expect(readSupervisorMessage(message)).toBeNull();
});
