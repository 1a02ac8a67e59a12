import { describe, expect, it } from 'vitest';
import { helpText } from '../../src/command/help.js';
import { commandNames, parseCommand } from '../../src/command/parse-command.js';

describe('help', () => {
  it('of the program names every command and the exit codes', () => {
    const text = helpText(null);
    for (const name of commandNames) expect(text).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(text).toContain('130 interrupted');
  });

  it.each([...commandNames])('of %s has options that exist and examples that are understood', (name) => {
    const text = helpText(name);
    const examples = [...text.matchAll(/^ {2}(?:\w+=\S+(?: -hex 24\))? )?local-engine (.+)$/gm)].map(
      ([, rest = '']) => rest,
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(parseCommand(example.split(' ')).command.name, example).toBe(name);
    for (const [, option = '', value] of text.matchAll(/^ {2}(--[\w-]+)( <)?/gm)) {
      const operand = /<name>|<file/.test(text.split('\n')[0] ?? '') ? ['x'] : [];
      const given = value ? [option, { '--gpu': name === 'serve' ? 'auto' : 'cuda' }[option] ?? '1000'] : [option];
      if (option === '--slots') given[1] = '2';
      expect(() => parseCommand([name, ...operand, ...given]), option).not.toThrow();
    }
  });
});
