import type { AuditVerdict } from '../node/index.ts';
import { say, shownLine, tell } from './terminal.ts';

const INDENT = 13;
const COLUMNS = 80;

/** What a check of an audit or of the doctor said. */
interface Told {
  readonly verdict: AuditVerdict;
  readonly promise: string;
  readonly why: string;
  readonly todo?: string;
}

/**
 * Tells checks as they are made, and how they came out together; a failed one makes the exit status 1.
 *
 * @param titles - of the groups, each said before the first check of it
 * @param clear - makes room on the terminal
 */
export function checkTeller<Group extends string>(
  titles: Readonly<Record<Group, string>>,
  json: boolean | undefined,
  clear: () => void,
) {
  let group: Group | undefined;
  return {
    report(result: Told & { readonly group: Group }): void {
      clear();
      const head = result.group === group ? '' : `${group === undefined ? '' : '\n'}${titles[result.group]}\n`;
      group = result.group;
      tell(json, result, head + checkText(result));
    },
    sum(results: readonly Told[]): void {
      const count = (verdict: AuditVerdict) => results.filter((result) => result.verdict === verdict).length;
      const [passed, failed, unclear] = [count('pass'), count('fail'), count('cannot tell')];
      say(`${passed} pass, ${failed} fail, ${unclear} cannot tell`);
      if (failed > 0) process.exitCode = 1;
    },
  };
}

/** A check as people read it: verdict, promise, then why, then what to do. */
function checkText({ verdict, promise, why, todo }: Told): string {
  const [first, ...more] = wrapped(promise);
  const lines = [
    verdict.padEnd(INDENT) + first,
    ...[...more, ...wrapped(`- ${shownLine(why)}`), ...(todo ? wrapped(shownLine(todo)) : [])].map(
      (line) => ' '.repeat(INDENT) + line,
    ),
  ];
  return lines.join('\n');
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > COLUMNS - INDENT) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
