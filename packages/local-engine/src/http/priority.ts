/** The header `x-tale-priority`: 0 to 9, 9 is the most urgent; 5 where it is missing or something else. */
export function readPriority(header: string | string[] | undefined): number {
  return typeof header === 'string' && /^[0-9]$/.test(header) ? Number(header) : 5;
}
