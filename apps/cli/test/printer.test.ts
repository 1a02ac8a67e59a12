import { describe, expect, it } from 'vitest';
import { createOutput } from '../src/output.js';
import { createPrinter, stringifyDocument } from '../src/printer.js';
import { recordStream } from './support/streams.js';

const plain = { json: false, quiet: false, plain: false, noColor: false, rawOutput: false };

function record(
  settings: Partial<typeof plain> = {},
  terminals = { out: false, err: false },
  env: NodeJS.ProcessEnv = {},
) {
  const out = recordStream(terminals.out);
  const err = recordStream(terminals.err, 20);
  const output = createOutput({ stdout: out.stream, stderr: err.stream });
  return {
    printer: createPrinter({ ...plain, ...settings }, output, env),
    out: out.text,
    err: err.text,
    streams: { out, err },
  };
}

const both = { out: true, err: true };
const hostile = '\u001B]0;title\u0007x\u001B[2J';

describe('createPrinter', () => {
  it('sends results to stdout and everything else to stderr', () => {
    const { printer, out, err } = record();
    printer.line('result');
    printer.note('note');
    printer.problem('problem');
    expect(out()).toBe('result\n');
    expect(err()).toBe('note\nproblem\n');
  });

  it('sanitises whatever it is given, also inside its own colours', () => {
    const { printer, out, err } = record({}, both);
    printer.line(hostile, { style: 'red', text: hostile });
    printer.note(hostile);
    expect(out()).toBe('x\u001B[31mx\u001B[39m\n');
    expect(err()).toBe('x\n');
  });

  it.each([
    ['a pipe', {}, { out: false, err: false }, {}],
    ['--plain', { plain: true }, both, {}],
    ['--no-color', { noColor: true }, both, {}],
    ['NO_COLOR', {}, both, { NO_COLOR: '1' }],
    ['TERM=dumb', {}, both, { TERM: 'dumb' }],
  ])('writes no ESC byte with %s', (_name, settings, terminals, env) => {
    const { printer, out, err } = record(settings, terminals, env);
    printer.phase('working');
    printer.line({ style: 'bold', text: 'result' });
    printer.note({ style: 'dim', text: 'note' });
    printer.phase('');
    expect(out() + err()).toBe('result\nnote\n');
  });

  it('says nothing but results and problems with --quiet', () => {
    const { printer, out, err } = record({ quiet: true }, both);
    printer.phase('working');
    printer.note('note');
    printer.problem('problem');
    printer.line('result');
    expect([out(), err()]).toEqual(['result\n', 'problem\n']);
  });

  it('writes one document and no lines with --json', () => {
    const { printer, out } = record({ json: true });
    printer.line('line');
    const text = printer.text();
    text.write('text');
    text.end();
    printer.document({ schema: 'x/1', text: hostile });
    expect(JSON.parse(out())).toEqual({ schema: 'x/1', text: hostile });
    expect(out()).not.toContain('\u001B');
  });

  it('replaces the moving line and takes it away before anything else is said', () => {
    const { printer, err } = record({}, both);
    printer.phase('loading a model with a long name');
    printer.phase('writing');
    printer.note('note');
    expect(err()).toBe('loading a model wi…\r\u001B[Kwriting\r\u001B[Knote\n');
  });

  it('keeps notes and the moving line out of a text that streams on the same terminal', () => {
    const { printer, out, err } = record({}, both);
    const text = printer.text();
    text.write('half a li');
    printer.phase('writing');
    printer.note('note');
    text.end();
    expect([out(), err()]).toEqual(['half a li\n', 'note\n']);
  });

  it('ends a text with exactly one line feed', () => {
    const { printer, out } = record();
    for (const pieces of [['a', 'b'], ['c\n']]) {
      const text = printer.text();
      for (const piece of pieces) text.write(piece);
      text.end();
    }
    expect(out()).toBe('ab\nc\n');
  });

  it('sanitises a streaming text across its pieces, unless raw output is asked for', () => {
    for (const rawOutput of [false, true]) {
      const { printer, out } = record({ rawOutput });
      const text = printer.text();
      text.write('a\u001B]52;c;');
      text.write('cm0=\u0007b');
      text.end();
      expect(out()).toBe(rawOutput ? 'a\u001B]52;c;cm0=\u0007b\n' : 'ab\n');
    }
  });

  it('writes nothing more after the reader of stdout has left, and does not fail', () => {
    const { printer, out, streams } = record();
    printer.line('one');
    streams.out.stream.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    printer.line('two');
    expect(out()).toBe('one\n');
  });

  it('tells once of another failure of a stream, throws nothing and goes on with the other stream', () => {
    const out = recordStream();
    const err = recordStream();
    const failures: object[] = [];
    const output = createOutput({ stdout: out.stream, stderr: err.stream }, (failure) => failures.push(failure));
    const printer = createPrinter(plain, output, {});
    printer.line('one');
    printer.note('one');
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    out.stream.emit('error', full);
    out.stream.emit('error', full);
    printer.line('two');
    printer.note('two');
    err.stream.emit('error', Object.assign(new Error('broken'), { code: 'EIO' }));
    printer.note('three');
    expect(failures).toEqual([{ stream: 'stdout', code: 'ENOSPC' }]);
    expect([out.text(), err.text()]).toEqual(['one\n', 'one\ntwo\n']);
    expect(output.failure()).toEqual({ stream: 'stdout', code: 'ENOSPC' });
  });

  it('writes hints as they have to be typed', () => {
    expect(record().printer.asTyped('tale servers stop')).toBe('tale servers stop');
    const byNpm = record({}, undefined, { npm_lifecycle_event: 'tale' });
    expect(byNpm.printer.asTyped('tale servers stop')).toBe('npm run tale -- servers stop');
  });
});

describe('stringifyDocument', () => {
  it('writes what nobody sees as an escape, halves of a character as well, and loses none of it', () => {
    const value = { text: '\u{E0041}\uFFF9 a\u200Db' };
    const json = stringifyDocument(value);
    expect(json).toContain('"\\udb40\\udc41\\ufff9 a\\u200db"');
    expect(JSON.parse(json)).toEqual(value);
  });

  it('escapes what a terminal would obey and makes strings well-formed', () => {
    const text = stringifyDocument({ text: 'a\u009B2J\u202Eb\uD800\u007F' });
    expect(text).toMatch(/^[\n\u0020-\u007E\uFFFD]*$/);
    expect(JSON.parse(text)).toEqual({ text: 'a\u009B2J\u202Eb\uFFFD\u007F' });
  });
});
