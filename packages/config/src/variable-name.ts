/** `('tale', 'server', 'maxJobs')` → `TALE_SERVER_MAX_JOBS`. */
export function variableName(...path: readonly string[]): string {
  const words = path.map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_'));
  return words.join('_').toUpperCase();
}
