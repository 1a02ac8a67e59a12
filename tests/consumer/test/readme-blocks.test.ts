import { expect, it } from 'vitest';
import { readmeBlocks } from './readme-blocks.js';

it('finds TypeScript blocks and no others', () => {
  expect(readmeBlocks('a\n```ts\nlet x = 1;\n```\n```sh\nls\n```\n```ts\nlet y;\n```\n')).toEqual([
    'let x = 1;\n',
    'let y;\n',
  ]);
});
