import { describe, expect, it } from 'vitest';
import { asTyped } from '../src/command-line.js';

describe('asTyped', () => {
  const byNpm = { npm_lifecycle_event: 'tale', npm_command: 'run-script' };

  it.each([
    ['tale servers start', 'npm run tale -- servers start'],
    ['tale servers stop, then tale servers start', 'npm run tale -- servers stop, then npm run tale -- servers start'],
    ['more: tale list --cursor x', 'more: npm run tale -- list --cursor x'],
    ['from the next start (tale servers stop)', 'from the next start (npm run tale -- servers stop)'],
    ['nothing yet: tale memory add "…"', 'nothing yet: npm run tale -- memory add "…"'],
    ['tale conversations list', 'npm run tale -- conversations list'],
    ['a tale of two cities', 'a tale of two cities'],
    ['stale status', 'stale status'],
  ])('%s', (text, typed) => {
    expect(asTyped(text, byNpm)).toBe(typed);
    expect(asTyped(text, {})).toBe(text);
    expect(asTyped(text, { npm_lifecycle_event: 'test', npm_command: 'test' })).toBe(text);
  });

  it('knows npx', () => {
    expect(asTyped('tale list', { npm_lifecycle_event: 'npx', npm_command: 'exec' })).toBe('npx tale list');
  });
});
