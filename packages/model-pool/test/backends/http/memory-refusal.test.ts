import { expect, it } from 'vitest';
import { readMemoryRefusal } from '../../../src/backends/http/memory-refusal.js';

const words = (need: string, available: string) =>
  `model requires more system memory (${need}) than is available (${available})`;

it.each([
  [words('44.0 GiB', '7.6 GiB'), { needBytes: 44 * 2 ** 30, availableBytes: Math.round(7.6 * 2 ** 30) }],
  [words('1.0 GiB', '512.0 MiB'), { needBytes: 2 ** 30, availableBytes: 2 ** 29 }],
  [words('2.5 KiB', '0 B'), { needBytes: 2_560, availableBytes: 0 }],
  [words('much', '1.0 GiB'), { availableBytes: 2 ** 30 }],
  ['model requires more system memory than is available', {}],
  ['llama-server reported out-of-memory during startup: cudaMalloc failed', {}],
  ['model requires more system memory than is currently available', null],
  ['llama runner process has terminated: out of memory', null],
  ['', null],
])('%j tells of %j', (message, sizes) => {
  expect(readMemoryRefusal(message)).toEqual(sizes);
});
