import type { Writable } from 'node:stream';
import type { SetupOutcome } from './setup-plan.ts';

/** The outcome as an SQL script with comments, for people and for psql. Secrets are left out. */
export function printSetup(outcome: SetupOutcome, out: Writable): void {
  const say = (line = '') => out.write(`${line}\n`);
  const again = outcome.passwords.join(', ');
  if (!outcome.changed) {
    say('-- Nothing needs to be changed: all of it is so already.');
    if (again !== '')
      say(
        `-- ${outcome.applied ? 'Set' : 'With --apply, set'} again, for this role cannot see whether they are the same: the passwords of ${again}.`,
      );
  } else {
    say(`-- ${outcome.applied ? 'Applied.' : 'Nothing was changed: add --apply to run this.'}`);
    say('BEGIN;');
    for (const { shown, why } of outcome.statements) say(`${shown}; -- ${why}`);
    say('COMMIT;');
  }
  if (outcome.notDone.length > 0) {
    say(`\n-- ${outcome.applied ? 'Not done' : 'Would not be done'} (this role may not):`);
    for (const { statement, problem } of outcome.notDone)
      say(`--   ${statement.shown.split('\n')[0]}\n--     ${problem}\n--     instead: ${statement.otherwise}`);
  }
  if (outcome.undo !== '') {
    say('\n-- To take exactly this back (keep it: a second run has nothing to take back):');
    for (const line of outcome.undo.split('\n')) say(`--   ${line}`);
  }
  say('\n-- Notes');
  for (const note of outcome.notes) say(`--   ${note}`);
  say('\n-- pg_hba.conf');
  for (const line of outcome.hba.split('\n')) say(`--   ${line}`);
}
