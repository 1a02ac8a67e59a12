const commandInText =
  /(?<=^|[\s:;,(])tale (?=(?:submit|status|list|cancel|servers|tokens|models|memory|conversations|logs|--help)\b)/g;

/**
 * A hint with its commands as they have to be typed here: `tale servers stop` is `npm run tale -- servers stop` for somebody who runs
 * the command by npm, and has no `tale` on the path.
 */
export function asTyped(text: string, env: NodeJS.ProcessEnv): string {
  if (env.npm_lifecycle_event === 'tale') return text.replaceAll(commandInText, 'npm run tale -- ');
  if (env.npm_command === 'exec' && env.npm_lifecycle_event === 'npx')
    return text.replaceAll(commandInText, 'npx tale ');
  return text;
}
