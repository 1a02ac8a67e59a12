/** The name without the tag that stands where none is given. */
export function plainName(model: string): string {
  return model.endsWith(':latest') ? model.slice(0, -':latest'.length) : model;
}

/** Whether some server could know a model by a name: servers differ in whether they cut white space around it, so there is none. */
export function isModelName(model: string): boolean {
  return model !== '' && model.trim() === model;
}
