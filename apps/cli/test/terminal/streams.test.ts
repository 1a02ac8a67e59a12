import { describe, expect, it } from 'vitest';
import { streamTraits } from '../../src/terminal/streams.js';

const switches = { env: {}, plain: false, noColor: false };
const terminal = { isTTY: true, columns: 120 };

describe('streamTraits', () => {
  it('writes colours to a terminal', () => {
    expect(streamTraits(terminal, switches)).toEqual({ isTerminal: true, ansi: true, columns: 120 });
  });

  it('writes none to a pipe', () => {
    expect(streamTraits({ isTTY: false, columns: 0 }, switches)).toEqual({
      isTerminal: false,
      ansi: false,
      columns: 80,
    });
  });

  it.each([
    ['--plain', { ...switches, plain: true }],
    ['--no-color', { ...switches, noColor: true }],
    ['NO_COLOR', { ...switches, env: { NO_COLOR: '1' } }],
    ['TALE_NO_COLOR', { ...switches, env: { TALE_NO_COLOR: '1' } }],
    ['TALE_PLAIN', { ...switches, env: { TALE_PLAIN: '1' } }],
    ['TERM=dumb', { ...switches, env: { TERM: 'dumb' } }],
  ])('writes none with %s', (_name, given) => {
    expect(streamTraits(terminal, given)).toMatchObject({ isTerminal: true, ansi: false });
  });

  it('takes an empty NO_COLOR for none', () => {
    expect(streamTraits(terminal, { ...switches, env: { NO_COLOR: '' } }).ansi).toBe(true);
  });
});
