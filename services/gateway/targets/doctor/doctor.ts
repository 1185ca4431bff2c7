import type pg from 'pg';
import { unlike } from './alike.ts';
import { attempts } from './attempts.ts';
import type { Attempt, Finding } from './findings.ts';
import { managedBy, managedFindings } from './managed.ts';
import { otherLogins } from './other-logins.ts';
import { few, type RefusalOptions, refusals } from './refusals.ts';
import { roleFindings } from './role-checks.ts';
import { LOGIN_NAMES, rows, type TargetLogins, withLogins } from './target-logins.ts';
import { WRITABLE_RELATIONS } from './writable.ts';

export interface Diagnosis {
  target: string;
  /** Why `serve` would refuse this target. */
  refusals: string[];
  findings: Finding[];
  attempts: Attempt[];
  /** Nothing is wrong; weak points and notes may be there. */
  well: boolean;
}

/**
 * Says what a target's logins can do that they should not, and which others can write. Changes nothing: what it tries is rolled back.
 * Throws Unreachable.
 */
export async function diagnose(target: string, logins: TargetLogins, options: RefusalOptions): Promise<Diagnosis> {
  const refused = await refusals(logins, options);
  return withLogins(logins, async (clients) => {
    const findings: Finding[] = [];
    const ours = await Promise.all(
      LOGIN_NAMES.map(
        async (who) => (await rows<{ name: string }>(clients[who], 'SELECT session_user AS name'))[0]?.name ?? '',
      ),
    );
    const shares = await controlShares(clients.control, ours.slice(0, 2));
    for (const who of LOGIN_NAMES)
      findings.push(...(await roleFindings(clients[who], who, who === 'control' && shares ? ours.slice(0, 2) : [])));
    findings.push(...(await writing(clients.reader, 'reader')));
    findings.push(...(shares ? [SHARES] : await writing(clients.control, 'control')));
    findings.push(...(await unlike(clients)));
    findings.push(...(await writerExtras(clients.writer)), ...(await catalogueViews(clients.writer)));
    findings.push(...(await readOnly(clients.reader)));
    const managed = await managedBy(clients.control);
    if (managed) findings.push(...managedFindings(managed));
    findings.push(...(await otherLogins(clients.control, ours, managed)));
    const tried = await attempts(clients, { controlWrites: shares });
    for (const { who, sql, severity, refused: error } of tried) {
      if (error !== null) continue;
      const theirs = managed !== null && severity === 'weak';
      findings.push({
        severity: theirs ? 'note' : severity,
        who,
        says: `The target let the ${who} run: ${sql}${theirs ? ', which only its provider could take away; analysis refuses it in read mode' : ''}`,
        fix: theirs ? null : 'sudoqld setup-target',
      });
    }
    const bad = refused.length > 0 || findings.some(({ severity }) => severity === 'wrong');
    return { target, refusals: refused, findings, attempts: tried, well: !bad };
  });
}

/** What setup-target falls back to where the operator may not grant pg_signal_backend. */
const SHARES: Finding = {
  severity: 'weak',
  who: 'control',
  says: 'The control login ends backends as a member of reader and writer, so that it may read and write what they may.',
  fix: 'GRANT pg_signal_backend, pg_read_all_stats to it and run sudoqld setup-target again, where the server permits that.',
};

async function controlShares(control: pg.Client, of: string[]): Promise<boolean> {
  const [found] = await rows<{ shares: boolean }>(
    control,
    `SELECT NOT rolsuper AND NOT pg_has_role('pg_signal_backend', 'USAGE') AND (SELECT bool_and(pg_has_role(name, 'USAGE')) FROM unnest($1::name[]) name) AS shares
     FROM pg_roles WHERE rolname = session_user`,
    [of],
  );
  return found?.shares === true;
}

async function writing(client: pg.Client, who: 'reader' | 'control'): Promise<Finding[]> {
  const found = (await rows<{ name: string }>(client, WRITABLE_RELATIONS)).map(({ name }) => name);
  if (found.length === 0) return [];
  return [
    {
      severity: 'wrong',
      who,
      says: `The ${who} may write ${few(found, 5)}.`,
      fix: `REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${found.slice(0, 5).join(', ')} FROM PUBLIC and from it.`,
    },
  ];
}

/** DML is the writer's purpose; what changes tables, or code that runs in others' name, is not. */
async function writerExtras(client: pg.Client): Promise<Finding[]> {
  const found = await rows<{ name: string; rights: string }>(
    client,
    `SELECT format('%I.%I', nspname, relname) AS name, string_agg(r, ', ' ORDER BY r) AS rights
     FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) r
     WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema' AND has_table_privilege(c.oid, r) GROUP BY 1 ORDER BY 1`,
  );
  if (found.length === 0) return [];
  return [
    {
      severity: 'weak',
      who: 'writer',
      says: `The writer has more than row rights: ${few(found.map(({ name, rights }) => `${rights} on ${name}`))}. Analysis calls their use ddl or code.`,
      fix: `REVOKE TRUNCATE, REFERENCES, TRIGGER ON ${found[0]?.name} FROM PUBLIC and from it.`,
    },
  ];
}

/** A view is written with its owner's rights: one over the server's catalogue makes whoever may write it as mighty. */
async function catalogueViews(client: pg.Client): Promise<Finding[]> {
  const found = await rows<{ name: string; owner: string }>(
    client,
    `SELECT format('%I.%I', nspname, relname) AS name, o.rolname AS owner
     FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_roles o ON o.oid = relowner JOIN pg_rewrite w ON ev_class = c.oid
     WHERE relkind = 'v' AND nspname !~ '^pg_' AND nspname <> 'information_schema' AND o.rolsuper
       AND (has_any_column_privilege(c.oid, 'INSERT, UPDATE') OR has_table_privilege(c.oid, 'DELETE'))
       AND pg_relation_is_updatable(c.oid, false) & 28 <> 0
       AND EXISTS (SELECT FROM regexp_matches(ev_action::text, ':relid (\\d+)', 'g') m WHERE m[1]::bigint BETWEEN 1 AND 16383) ORDER BY 1`,
  );
  return found.map(({ name, owner }) => ({
    severity: 'wrong',
    who: 'writer',
    says: `The writer may change the server's own catalogue through the view ${name}, with the rights of its owner ${owner}; the floor alone stands before it.`,
    fix: `REVOKE INSERT, UPDATE, DELETE ON ${name} FROM PUBLIC and from it.`,
  }));
}

async function readOnly(client: pg.Client): Promise<Finding[]> {
  const [setting] = await rows<{ on: boolean }>(
    client,
    `SELECT current_setting('default_transaction_read_only') = 'on' AS on`,
  );
  if (setting?.on) return [];
  return [
    {
      severity: 'weak',
      who: 'reader',
      says: 'The reader role does not default to read-only transactions; the gateway sets it for its own connections.',
      fix: 'ALTER ROLE <reader> SET default_transaction_read_only = on;',
    },
  ];
}
