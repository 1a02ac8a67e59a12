/** The environment of npm and pip: all of this program's, so that their settings apply, but for the keys of tale and of Hugging Face. */
export function clientEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(TALE_|HF_TOKEN$|HUGGING_?FACE)/.test(name)),
  );
}
