/** The name without the tag that stands where none is given. */
export function plainName(model: string): string {
  return model.endsWith(':latest') ? model.slice(0, -':latest'.length) : model;
}
