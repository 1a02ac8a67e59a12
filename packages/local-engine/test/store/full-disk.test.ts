import { expect, it } from 'vitest';
import { isFullDisk } from '../../src/store/full-disk.js';

it.each<[unknown, boolean]>([
  [Object.assign(new Error('full'), { code: 'ENOSPC' }), true],
  [Object.assign(new Error('quota'), { code: 'EDQUOT' }), true],
  [Object.assign(new Error('too large'), { code: 'EFBIG' }), true],
  [new Error('x', { cause: Object.assign(new Error('full'), { code: 'ENOSPC' }) }), true],
  [Object.assign(new Error('x'), { code: 'EIO' }), false],
  [new Error('x'), false],
  [null, false],
])('%s is known as a full disk: %s', (error, isFull) => {
  expect(isFullDisk(error)).toBe(isFull);
});
