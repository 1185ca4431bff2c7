import pg from 'pg';
import type { Rights } from '../doctor/rights.ts';

/** Whether the target is as it was. */
export function same(before: Rights, after: Rights): boolean {
  return before.all.size === after.all.size && [...before.all.keys()].every((give) => after.all.has(give));
}

/** What takes exactly this run back, or nothing. Run it in the target's database. `superuser`: of the operator. */
export function undoSql(before: Rights, after: Rights, superuser: boolean): string {
  const made = [...after.logins].filter((name) => !before.logins.has(name));
  // What a login that was made here has goes with it, also what default privileges gave it since.
  const given = [...after.all.values()].filter(({ give, who }) => !before.all.has(give) && !made.includes(who ?? ''));
  const taken = [...before.all.values()].filter(({ give }) => !after.all.has(give));
  const logins = made.map((name) => pg.escapeIdentifier(name)).join(', ');
  return [
    ...given.flatMap(({ take }) => (take === '' ? [] : [`${take};`])),
    ...taken.map(({ give }) => `${give};`),
    ...(made.length === 0
      ? []
      : [
          ...(superuser ? [] : [`GRANT ${logins} TO CURRENT_USER; -- or their rights could not be dropped`]),
          `REASSIGN OWNED BY ${logins} TO CURRENT_USER; -- they own nothing, unless someone gave it to them`,
          `DROP OWNED BY ${logins}; -- their rights`,
          `DROP ROLE ${logins};`,
        ]),
  ].join('\n');
}
