import type { ConfigErrorCode } from '../errors.js';

/** A text that no configuration may accept. */
export interface HostileFile {
  /** What is wrong with it. */
  readonly name: string;
  /** The content of the file. */
  readonly content: string | Uint8Array;
  /** How opening must fail, whatever the schema. */
  readonly code: ConfigErrorCode;
}

/** Texts that must be refused with a typed error, without a crash and without polluting a prototype. */
export const hostileFiles: readonly HostileFile[] = [
  { name: 'half an object', content: '{ "a": 1', code: 'syntax' },
  { name: 'two objects', content: '{} {}', code: 'syntax' },
  { name: 'a comma too much', content: '{ "a": 1,, "b": 2 }', code: 'syntax' },
  { name: 'no comma', content: '{ "a": 1 "b": 2 }', code: 'syntax' },
  { name: 'JavaScript', content: 'export default { a: 1 }', code: 'syntax' },
  { name: 'a string over two lines', content: '{ "a": "x\ny" }', code: 'syntax' },
  { name: 'a comment that never ends', content: '{ } /* ', code: 'syntax' },
  { name: 'NUL', content: '{ "a": \0 }', code: 'syntax' },
  { name: 'bytes that are not UTF-8', content: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), code: 'syntax' },
  { name: 'UTF-16', content: new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), code: 'syntax' },
  { name: 'depth 65', content: `{ "a": ${'['.repeat(64)}${']'.repeat(64)} }`, code: 'syntax' },
  { name: 'a megabyte of brackets', content: '['.repeat(1_000_000), code: 'syntax' },
  { name: 'more than 1 MiB', content: `{}${' '.repeat(1_048_576)}`, code: 'unsafe-file' },
  { name: 'a list', content: '[]', code: 'wrong-type' },
  { name: 'a text', content: '"x"', code: 'wrong-type' },
  { name: 'a key that stands twice', content: '{ "a": 1, "a": 2 }', code: 'duplicate-key' },
  { name: 'a key that stands twice, once escaped', content: '{ "a": 1, "\\u0061": 2 }', code: 'duplicate-key' },
  { name: '__proto__', content: '{ "__proto__": { "polluted": true } }', code: 'unknown-key' },
  {
    name: '__proto__ further down',
    content: '{ "a": [{ "\\u005f_proto__": { "polluted": true } }] }',
    code: 'unknown-key',
  },
];
