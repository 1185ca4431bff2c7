import type pg from 'pg';
import type { Finding } from './findings.ts';
import type { Managed } from './managed.ts';
import { few } from './refusals.ts';
import { rows } from './target-logins.ts';
import { mayWrite, OWN_RELATIONS } from './writable.ts';

interface Other extends pg.QueryResultRow {
  name: string;
  super: boolean;
  relations: string[];
  more: number;
}

const SHOWN = 3;

/** Logins beside the three that can write in this database, so that "read-only by default" is not true of who uses them. */
const OTHERS = `WITH logins AS MATERIALIZED (
    SELECT oid, rolname, rolsuper FROM pg_roles
    WHERE rolcanlogin AND rolname <> ALL($1) AND has_database_privilege(oid, current_database(), 'CONNECT')),
  become AS MATERIALIZED (SELECT l.oid AS login, r.oid FROM logins l JOIN pg_roles r ON NOT l.rolsuper AND pg_has_role(l.oid, r.oid, 'MEMBER')),
  written AS (
    SELECT l.oid AS login, format('%I.%I', n.nspname, c.relname) AS name
    FROM logins l, ${OWN_RELATIONS.replace('WHERE', 'WHERE NOT l.rolsuper AND')}
      AND EXISTS (SELECT FROM become b WHERE b.login = l.oid AND ${mayWrite('b.oid')}))
  SELECT l.rolname AS name, l.rolsuper AS super, coalesce((array_agg(w.name ORDER BY w.name) FILTER (WHERE w.name IS NOT NULL))[1:${SHOWN}], '{}') AS relations,
    greatest(count(w.name) - ${SHOWN}, 0)::int AS more
  FROM logins l LEFT JOIN written w ON w.login = l.oid GROUP BY 1, 2 HAVING l.rolsuper OR count(w.name) > 0 ORDER BY 2 DESC, 1`;

export async function otherLogins(client: pg.Client, ours: string[], managed: Managed | null): Promise<Finding[]> {
  const found = await rows<Other>(client, OTHERS, [ours]);
  const isTheirs = ({ name }: Other) => managed?.theirs.test(name) === true;
  const theirs = found.filter(isTheirs).map(({ name }) => name);
  const powers = found.filter((each) => each.super && !isTheirs(each)).map(({ name }) => name);
  const able = found.filter((each) => !each.super && !isTheirs(each));
  return [
    ...(theirs.length === 0
      ? []
      : [
          {
            severity: 'note' as const,
            who: 'others' as const,
            says: `Logins of the provider go round the gateway, and nobody here has their passwords: ${few(theirs, 10)}.`,
            fix: null,
          },
        ]),
    ...(powers.length === 0
      ? []
      : [
          {
            severity: 'note' as const,
            who: 'others' as const,
            says: `Superusers go round the gateway: ${few(powers, 10)}. Who has their passwords?`,
            fix: null,
          },
        ]),
    ...able.map(({ name, relations, more }) => ({
      severity: 'note' as const,
      who: 'others' as const,
      says: `${name} can write ${relations.join(', ')}${more > 0 ? ` and ${more} more` : ''} without the gateway: people who know its password are not read-only by default.`,
      fix: null,
    })),
  ];
}
