// What a change of policy gives and takes, in sentences.
import { type Matrix, RIGHTS, type Right, type Row, type Verdict } from './matrix.ts';

const DOES: Record<Right, string> = {
  read: 'read',
  write: 'write to',
  ddl: 'change the schema of',
  elevate: 'elevate on',
};

/** `ben can now write to shop`; gifts first. The matrices are of the same people and targets. */
export function changesOf(before: Matrix, after: Matrix): string[] {
  const [given, taken, other]: [string[], string[], string[]] = [[], [], []];
  const say = (was: Verdict, is: Verdict, who: string, what: string) => {
    if (words(was) === words(is)) return;
    if (was === 'no') given.push(`${who} can now ${what}${condition(is)}`);
    else if (is === 'no') taken.push(`${who} can no longer ${what}`);
    else
      other.push(
        `${who} can ${what}${condition(is) || ' unconditionally'}, before${condition(was) || ' unconditionally'}`,
      );
  };
  const old = new Map(before.rows.map((row) => [keyOf(row), row]));
  for (const row of after.rows) {
    const was = old.get(keyOf(row));
    if (!was) continue;
    for (const right of RIGHTS) {
      // Who may not elevate may not write: that is said once.
      if ((right === 'write' || right === 'ddl') && was.elevate !== row.elevate && row[right] === was[right]) continue;
      say(was[right], row[right], row.who, `${DOES[right]} ${row.target}`);
    }
    if (was.minutes !== null && row.minutes !== null && was.minutes !== row.minutes)
      other.push(`${row.who} can elevate on ${row.target} for ${row.minutes} minutes, before ${was.minutes}`);
  }
  const actions = (matrix: Matrix) =>
    new Set(matrix.administer.flatMap(({ who, actions }) => actions.map((action) => `${who}\n${action}`)));
  const [had, has] = [actions(before), actions(after)];
  for (const one of has) if (!had.has(one)) given.push(one.replace('\n', ' can now do '));
  for (const one of had) if (!has.has(one)) taken.push(one.replace('\n', ' can no longer do '));
  return [...given, ...taken, ...other];
}

const keyOf = ({ who, target }: Row): string => `${who}\n${target}`;

export function words(verdict: Verdict): string {
  return typeof verdict === 'string' ? verdict : `unless ${verdict.unless.join(', ')}`;
}

const condition = (verdict: Verdict): string =>
  typeof verdict === 'string' ? '' : ` unless ${verdict.unless.join(', ')}`;
