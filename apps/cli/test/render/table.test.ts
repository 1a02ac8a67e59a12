import { describe, expect, it } from 'vitest';
import { renderTable } from '../../src/render/table.js';
import { displayWidth } from '../../src/terminal/display-width.js';

const head = [{ title: 'ID' }, { title: 'TOKENS', align: 'right' as const }, { title: 'TITLE' }];
const rows = [
  ['7Q2F9K', '12', 'convert the CSV report into a table with a very long title that goes on and on'],
  ['3RZ0AB', '3,100', 'two\nlines \u001B[2J漢字'],
];

describe('renderTable', () => {
  it.each([40, 80, 200])('looks as recorded at %i columns', async (columns) => {
    const text = renderTable(head, rows, columns).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`table-${columns}.snapshot.txt`);
  });

  it.each([40, 80, 200])('never passes %i columns', (columns) => {
    for (const line of renderTable(head, rows, columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('shows what others wrote on one line and without control characters', () => {
    const text = renderTable(head, rows, 200).join('\n');
    expect(text).not.toContain('\u001B');
    expect(text.split('\n')).toHaveLength(3);
  });
});
