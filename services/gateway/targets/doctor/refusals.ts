import pg from 'pg';
import { unlike } from './alike.ts';
import { identityProblems } from './identity.ts';
import { type LoginName, rows, type TargetLogins, Unreachable, withLogins } from './target-logins.ts';
import { WRITABLE_RELATIONS } from './writable.ts';

export interface RefusalOptions {
  /** The gateway's own login at the ledger. */
  ledger: pg.ClientConfig;
  /** The demo's: its target is made by a superuser. */
  allowSuperuserWriter?: boolean;
}

export type Proof =
  /** `unlike`: in words, in what its logins differ so that sudo is refused, or has to mend it. */
  | { outcome: 'proved'; unlike?: string[] }
  /** In words: why this target must not be used as it is configured. */
  | { outcome: 'refused'; reasons: string[] }
  /** It could not be looked at. */
  | { outcome: 'unreachable'; reason: string }
  /** It answered; the ledger, which is asked as well, did not. */
  | { outcome: 'unasked'; reason: string };

class LedgerUnasked extends Unreachable {}

/** What `serve` asks before a target's first session. Never throws. */
export async function proveTarget(logins: TargetLogins, options: RefusalOptions): Promise<Proof> {
  try {
    return await withLogins(logins, async (clients) => {
      const reasons = await refusalsOf(clients, options);
      if (reasons.length > 0) return { outcome: 'refused', reasons };
      const differ = (await unlike(clients)).map(({ says }) => says);
      return { outcome: 'proved', ...(differ.length > 0 && { unlike: differ }) };
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      outcome: error instanceof LedgerUnasked ? 'unasked' : 'unreachable',
      reason: error instanceof Unreachable ? reason : `It cannot be proved: ${reason}.`,
    };
  }
}

/**
 * Why the gateway must not use these logins; empty when it may. The least that the promises stand on: doctor says more.
 * Throws Unreachable.
 */
export async function refusals(logins: TargetLogins, options: RefusalOptions): Promise<string[]> {
  return withLogins(logins, (clients) => refusalsOf(clients, options));
}

async function refusalsOf(clients: Record<LoginName, pg.Client>, options: RefusalOptions): Promise<string[]> {
  const problems = await identityProblems(clients);
  const role = async (client: pg.Client) =>
    (
      await rows<{ name: string; super: boolean }>(
        client,
        'SELECT rolname AS name, rolsuper AS super FROM pg_roles WHERE rolname = session_user',
      )
    )[0] ?? { name: '?', super: true };
  const [reader, writer, control] = [
    await role(clients.reader),
    await role(clients.writer),
    await role(clients.control),
  ];
  if (reader.super) problems.push(`The reader ${reader.name} is a superuser: run sudoqld setup-target.`);
  if (control.super) problems.push(`The control login ${control.name} is a superuser: run sudoqld setup-target.`);
  if (writer.super && !options.allowSuperuserWriter) {
    problems.push(`The writer ${writer.name} is a superuser, whom no floor holds: run sudoqld setup-target.`);
  }
  if (!reader.super) {
    const writable = await rows<{ name: string }>(clients.reader, WRITABLE_RELATIONS);
    if (writable.length > 0) {
      problems.push(
        `The reader ${reader.name} may write ${few(writable.map(({ name }) => name))}: REVOKE it, also from PUBLIC, or run sudoqld setup-target.`,
      );
    }
  }
  if (!writer.super && !control.super)
    problems.push(...(await controlProblems(clients.control, reader.name, writer.name)));
  problems.push(...(await ledgerProblems(options.ledger, [reader.name, writer.name, control.name])));
  return problems;
}

async function controlProblems(control: pg.Client, reader: string, writer: string): Promise<string[]> {
  const [can] = await rows<{ signal: boolean; see: boolean }>(
    control,
    `SELECT (pg_has_role('pg_signal_backend', 'USAGE') OR (pg_has_role($1, 'USAGE') AND pg_has_role($2, 'USAGE')))
        AND has_function_privilege('pg_catalog.pg_terminate_backend(integer,bigint)', 'EXECUTE') AS signal,
      pg_has_role('pg_read_all_stats', 'USAGE') OR (pg_has_role($1, 'USAGE') AND pg_has_role($2, 'USAGE')) AS see`,
    [reader, writer],
  );
  return [
    ...(can?.signal
      ? []
      : ['The control login may not end backends of the reader and writer: GRANT pg_signal_backend to it.']),
    ...(can?.see ? [] : ['The control login may not see when backends started: GRANT pg_read_all_stats to it.']),
  ];
}

/** Asked of the ledger, as itself: nobody has to try passwords. */
async function ledgerProblems(ledger: pg.ClientConfig, users: string[]): Promise<string[]> {
  const client = new pg.Client({ connectionTimeoutMillis: 5_000, ...ledger, query_timeout: 15_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const able = await rows<{ name: string }>(
      client,
      `SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1) AND rolcanlogin AND has_database_privilege(oid, current_database(), 'CONNECT')`,
      [users],
    );
    return able.map(
      ({ name }) =>
        `The target's login ${name} may connect to the ledger: REVOKE CONNECT on its database from PUBLIC (sudoqld migrate does) and from ${name}.`,
    );
  } catch (error) {
    throw new LedgerUnasked(
      `The ledger cannot be asked who may connect: ${error instanceof Error ? error.message : String(error)}.`,
      {
        cause: error,
      },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** `a, b, c and 4 more`. */
export function few(names: readonly string[], most = 3): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}
