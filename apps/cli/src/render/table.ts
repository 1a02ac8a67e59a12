import { displayWidth, truncateLine } from '../terminal/display-width.js';
import { sanitizeLine } from '../terminal/sanitizer.js';

/** One column of a table. */
export interface Column {
  /** Its heading. */
  readonly title: string;
  /** Numbers stand to the right. @defaultValue `'left'` */
  readonly align?: 'left' | 'right';
}

/**
 * Lines of a table, two spaces between the columns. Where it is wider than `columns`, the last column gives way; cells are shown on
 * one line each, whoever wrote them.
 */
export function renderTable(head: readonly Column[], rows: readonly (readonly string[])[], columns: number): string[] {
  const cells = [head.map((column) => column.title), ...rows.map((row) => row.map(sanitizeLine))];
  const widths = head.map((_, at) => Math.max(...cells.map((row) => displayWidth(row[at] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const lastWidth = Math.max(8, columns - before);
  return cells.map((row) =>
    head
      .map((column, at) => {
        const cell = at === head.length - 1 ? truncateLine(row[at] ?? '', lastWidth) : (row[at] ?? '');
        const space = ' '.repeat(Math.max(0, widths[at]! - displayWidth(cell)));
        return column.align === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}
