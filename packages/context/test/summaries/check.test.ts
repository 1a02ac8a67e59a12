import { describe, expect, it } from 'vitest';
import { checkSummary } from '../../src/summaries/check.js';

const source = [
  'User: We planned the trip to Lisbon for 3 people with a budget of 1,250.50 euros. Book "Hotel Mar Azul" please.',
  'Assistant: I wrote the plan into notes/trip-plan.md and opened issue TRIP-42. The flight TP571 leaves at 14:30.',
  'User: Move the deadline from March 15 to March 22 and tell Maria, the file src/booking/client.ts fails with error 503.',
  'Assistant: Done: Maria knows. The retry in src/booking/client.ts waits 250 ms, commit 9f8e7d6c.',
].join('\n');

const good =
  'The user plans a trip to Lisbon for 3 people with a budget of 1250.5 euros. ' +
  'The plan stands in notes/trip-plan.md, issue TRIP-42 was opened. ' +
  'The deadline moved from March 15 to March 22, and Maria knows. ' +
  'The file src/booking/client.ts failed with error 503. ' +
  'The retry now waits 250 ms.';

const check = (text: string, complete = true) => checkSummary({ text, complete }, source, 200);

it('a summary that holds only what its source holds is taken as it is', () => {
  expect(check(good)).toEqual({ isAccepted: true, text: good, removed: [] });
});

describe('a sentence is removed for', () => {
  it.each([
    ['a number', 'The hotel costs 480 euros a night.'],
    ['a number with a separator', 'The budget of 1,300 euros is spent.'],
    ['a number in a word', 'The trip is for seven people.'],
    ['a date', 'The deadline is March 29 now.'],
    ['a time', 'The flight leaves at 15:30.'],
    ['a path', 'The test is in src/booking/server.ts now.'],
    ['a file', 'The plan was moved to plan.docs/final.md today.'],
    ['an address', 'See https://example.com/trip for the plan.'],
    ['an id', 'The issue TRIP-43 was opened for it.'],
    ['a commit', 'The fix is in commit 1a2b3c4d of the trip.'],
    ['a quoted name', 'They booked "Hotel Sol" for the trip.'],
    ['a name in other quotation marks', 'They booked “Hotel Sol” for the trip.'],
    ['a name in backticks', 'The function `retryForever` waits for the booking.'],
    ['a person', 'The deadline was told to Peter as well.'],
    ['a place', 'The trip goes from Lisbon on to Porto.'],
    ['a place at its beginning', 'Paris was dropped from the plan.'],
    ['a person at its beginning', "Peter's flight was booked for the trip."],
    ['a name that stands within a word of the source', 'The deadline was told to Ria as well.'],
    ['a name in capitals at its beginning', 'NASA was told about the trip.'],
    ['a name behind the mark of a list', '- Porto comes behind the hotel.'],
    ['a flight', 'The flight is TP572 to the hotel.'],
    ['a name of mixed case', 'The plan uses bookingServer for the trip.'],
  ])('%s that the source does not hold', (_, invented) => {
    const checked = check(`${good} ${invented}`);
    expect(checked.removed).toEqual([invented]);
    expect(checked).toMatchObject({ isAccepted: true, text: good });
  });
});

describe('a sentence stays with', () => {
  it.each([
    ['a number written otherwise', 'The budget is 1,250.50 euros for the trip.'],
    ['a number as a word', 'The trip is planned for three people.'],
    ['a name in another case', 'The hotel is "hotel mar azul" in the plan.'],
    ['a possessive', "It is Maria's deadline for the booking."],
    ['a time', 'The flight leaves at 14:30 with the people.'],
    ['a part of a path', 'The retry is in booking/client.ts of the file.'],
    ['a name of the source at its beginning', 'Maria was told about the deadline.'],
    ['another form of a word of the source at its beginning', 'Planning the trip goes on, booked is the flight.'],
    ['a word at its beginning that is no name', 'Afterwards the deadline of the trip moved.'],
    ['a short form at its beginning', "It's planned, and they’ll book the hotel."],
    ['whoever speaks', 'For this the User asked the Assistant about the trip.'],
  ])('%s', (_, sentence) => {
    expect(check(`${good} ${sentence}`)).toMatchObject({ isAccepted: true, removed: [] });
  });
});

describe('a text is rejected that', () => {
  it.each([
    ['was cut off', good, false, 'incomplete'],
    ['is empty', '  \n', true, 'empty'],
    ['does not end', `${good} `.repeat(9), true, 'too-long'],
    ['repeats itself', `${good} The retry now waits 250 ms. The retry now waits 250 ms.`, true, 'repetitive'],
    ['refuses', "I'm sorry, but I cannot summarise the trip to Lisbon for the user.", true, 'refused'],
    ['refuses in other words', 'I cannot help with the plan of the trip.', true, 'refused'],
    [
      'is about something else',
      'Photosynthesis converts sunlight into chemical energy inside chloroplasts of green leaves everywhere.',
      true,
      'unrelated',
    ],
    [
      'invents too much',
      'The user plans a trip to Lisbon. The budget is 900 euros. The flight TP999 was booked. Maria knows the plan.',
      true,
      'unsupported',
    ],
    ['says next to nothing', 'A trip to Lisbon.', true, 'too-short'],
  ] as const)('%s', (_, text, complete, reason) => {
    expect(check(text, complete)).toMatchObject({ isAccepted: false, reason });
  });
});
