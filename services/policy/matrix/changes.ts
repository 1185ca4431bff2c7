// What a change of policy gives and takes, in sentences.
import { plain } from '../plain-reasons.ts';
import { type Matrix, RIGHTS, type Right, type Row, type Verdict } from './matrix.ts';

const DOES: Record<Right, string> = {
  read: 'read',
  write: 'write to',
  ddl: 'change the schema of',
  elevate: 'elevate on',
};

interface Change {
  who: string;
  /** `can now write to shop`, or `can now do` and an action. */
  what: string;
  action?: string;
}

/** `ben can now write to shop`; gifts first. The matrices are of the same people and targets. */
export function changesOf(before: Matrix, after: Matrix): string[] {
  return differences(before, after).map(({ who, what, action }) => [who, what, action].filter(Boolean).join(' '));
}

/** Sentences of a notice, names in one of them, and characters of a name or sentence. */
const SENTENCES = 20;
const NAMES = 5;
const CHARACTERS = 300;

/** The same for people: `ana, ben and 3 more can now write to shop`, one sentence for all of whom, and all actions of which, it is said. */
export function changesInShort(before: Matrix, after: Matrix): string[] {
  const byWhat = Map.groupBy(differences(before, after), ({ what, action = '' }) => `${what}\n${action}`);
  const said = [...byWhat.values()].map((changes) => ({
    sentence: plain(`${inShort(changes.map(({ who }) => who))} ${changes[0]?.what}`, CHARACTERS),
    action: changes[0]?.action,
  }));
  const all = [...Map.groupBy(said, ({ sentence }) => sentence)].map(([sentence, ones]) =>
    [sentence, ones.flatMap(({ action }) => action ?? []).join(', ')].filter(Boolean).join(' '),
  );
  const rest = all.length - SENTENCES;
  return rest > 0 ? [...all.slice(0, SENTENCES), `and ${rest} more changes; "sudoqld policy diff" tells all`] : all;
}

function inShort(names: string[]): string {
  const [shown, more] = [names.slice(0, NAMES), names.length - NAMES];
  const last = more > 0 ? `${more} more` : shown.pop();
  return [shown.join(', '), last].filter(Boolean).join(' and ');
}

/** What is given, then what is taken, then other terms. */
function differences(before: Matrix, after: Matrix): Change[] {
  const [given, taken, other]: [Change[], Change[], Change[]] = [[], [], []];
  const say = (was: Verdict, is: Verdict, who: string, what: string) => {
    if (words(was) === words(is)) return;
    if (was === 'no') given.push({ who, what: `can now ${what}${condition(is)}` });
    else if (is === 'no') taken.push({ who, what: `can no longer ${what}` });
    else {
      const [now, then] = [is, was].map((verdict) => condition(verdict) || ' unconditionally');
      other.push({ who, what: `can ${what}${now}, before${then}` });
    }
  };
  const old = new Map(before.rows.map((row) => [keyOf(row), row]));
  for (const row of after.rows) {
    const was = old.get(keyOf(row));
    if (!was) continue;
    const { who, target } = row;
    for (const right of RIGHTS) {
      // Who may not elevate may not write: that is said once.
      if ((right === 'write' || right === 'ddl') && was.elevate !== row.elevate && row[right] === was[right]) continue;
      say(was[right], row[right], who, `${DOES[right]} ${target}`);
    }
    if (was.minutes !== null && row.minutes !== null && was.minutes !== row.minutes)
      other.push({ who, what: `can elevate on ${target} for ${row.minutes} minutes, before ${was.minutes}` });
  }
  const actions = (matrix: Matrix) =>
    new Map(
      matrix.administer.flatMap(({ who, actions }) =>
        actions.map((action) => [`${who}\n${action}`, { who, action }] as const),
      ),
    );
  const [had, has] = [actions(before), actions(after)];
  for (const [key, one] of has) if (!had.has(key)) given.push({ ...one, what: 'can now do' });
  for (const [key, one] of had) if (!has.has(key)) taken.push({ ...one, what: 'can no longer do' });
  return [...given, ...taken, ...other];
}

const keyOf = ({ who, target }: Row): string => `${who}\n${target}`;

export function words(verdict: Verdict): string {
  return typeof verdict === 'string' ? verdict : `unless ${verdict.unless.join(', ')}`;
}

const condition = (verdict: Verdict): string =>
  typeof verdict === 'string' ? '' : ` unless ${verdict.unless.join(', ')}`;
