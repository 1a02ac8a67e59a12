import { expect, it } from 'vitest';
import { periodName, stretchesOf, unitMs, zoneOffset } from '../../src/queries/time-zone.js';

const hourMs = 3_600_000;

it.each([
  ['UTC', '2026-07-01T00:00Z', 0],
  ['Europe/Berlin', '2026-01-01T00:00Z', 1],
  ['Europe/Berlin', '2026-07-01T00:00Z', 2],
  ['America/New_York', '2026-01-01T00:00Z', -5],
  ['Asia/Kolkata', '2026-01-01T00:00Z', 5.5],
  ['Asia/Kathmandu', '2026-01-01T00:00Z', 5.75],
  ['Pacific/Marquesas', '2026-01-01T00:00Z', -9.5],
])('%s at %s is %d hours from UTC', (zone, instant, hours) => {
  expect(zoneOffset(zone)(Date.parse(instant))).toBe(hours * hourMs);
});

it('a span is cut at the instants at which the clocks change', () => {
  const stretches = stretchesOf(Date.parse('2026-01-01'), Date.parse('2027-01-01'), zoneOffset('Europe/Berlin'));
  expect(stretches.map((each) => [new Date(each.fromMs).toISOString(), each.offsetMs / hourMs])).toEqual([
    ['2026-01-01T00:00:00.000Z', 1],
    ['2026-03-29T01:00:00.000Z', 2],
    ['2026-10-25T01:00:00.000Z', 1],
  ]);
  expect(stretches.at(-1)?.untilMs).toBe(Date.parse('2027-01-01'));
});

it('a span without a change is one stretch', () => {
  const fromMs = Date.parse('2026-05-01');
  expect(stretchesOf(fromMs, fromMs + 1, zoneOffset('UTC'))).toEqual([{ fromMs, untilMs: fromMs + 1, offsetMs: 0 }]);
});

it.each([
  ['hour', '2026-10-25T01:20Z', '2026-10-25T02:00+01:00'],
  ['hour', '2026-10-25T00:20Z', '2026-10-25T02:00+02:00'],
  ['day', '2026-11-24T23:30Z', '2026-11-25'],
  ['week', '2026-11-25T12:00Z', '2026-11-23'],
  ['week', '2026-11-22T22:59Z', '2026-11-16'],
  ['month', '2026-12-31T23:30Z', '2027-01'],
] as const)('the %s of %s in Berlin is %s', (period, instant, name) => {
  const atMs = Date.parse(instant);
  const offsetMs = zoneOffset('Europe/Berlin')(atMs);
  expect(periodName(period, Math.floor((atMs + offsetMs) / unitMs(period)), offsetMs)).toBe(name);
});

it('a zone that does not exist is refused', () => {
  expect(() => zoneOffset('Mars/Olympus')).toThrow(
    expect.objectContaining({ code: 'invalid-argument', retryable: false }),
  );
});
