/**
 * Options that npm took for itself because no `--` stood before them: it hands them on as settings of its own, and the
 * program runs without them.
 *
 * @param script - as in `npm run script`
 * @param names - of the options, without hyphens
 * @returns a sentence for the person, or undefined when there are none
 */
export function swallowedByNpm(
  script: string,
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (environment.npm_lifecycle_event !== script) return undefined;
  const taken = names.filter((name) => environment[`npm_config_${name}`] !== undefined);
  if (taken.length === 0) return undefined;
  const run = ['start', 'test'].includes(script) ? script : `run ${script}`;
  const options = taken.map((name) => {
    const value = environment[`npm_config_${name}`];
    return value === 'true' ? `--${name}` : `--${name} ${value}`;
  });
  return `npm kept ${taken.map((name) => `--${name}`).join(', ')} for itself: write npm ${run} -- ${options.join(' ')}`;
}
