import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../../../../test/helpers/postgres.ts';
import { until } from '../../../../test/helpers/until.ts';
import { migratedLedger } from '../../../ledger/testing.ts';
import { type Diagnosis, diagnose } from './doctor.ts';
import { exitCode, printDiagnosis } from './print-doctor.ts';
import { proveTarget, type RefusalOptions } from './refusals.ts';
import { setupTarget } from '../setup/setup-target.ts';
import type { TargetLogins } from './target-logins.ts';

let cluster: Cluster;
const log: string[] = [];
let options: RefusalOptions;
const CREATE_SHOP = 'CREATE DATABASE shop OID 55555';
const plan = {
  database: 'shop',
  schemas: ['public'],
  reader: { user: 'd_reader', password: 'r' },
  writer: { user: 'd_writer', password: 'w' },
  control: { user: 'd_control', password: 'c' },
};
const at = (user: string, password: string, database = 'shop') => ({
  host: '127.0.0.1',
  port: cluster.port,
  database,
  user,
  password,
});
const logins = (): TargetLogins => ({
  reader: at('d_reader', 'r'),
  writer: at('d_writer', 'w'),
  control: at('d_control', 'c'),
});

before(async () => {
  cluster = await startPostgres({ onLog: (line) => log.push(line) });
  options = { ledger: await migratedLedger(cluster) };
  await cluster.sql(CREATE_SHOP);
  await cluster.sql(
    `CREATE ROLE app LOGIN PASSWORD 'app'; CREATE TABLE orders(id serial, n int); GRANT INSERT ON orders TO app`,
    'shop',
  );
  await setupTarget({ connectionString: cluster.url('shop') }, plan, { apply: true });
});
after(() => cluster?.remove());

const printed = (diagnosis: Diagnosis): string => {
  const sink = new PassThrough();
  printDiagnosis(diagnosis, sink);
  return String(sink.read());
};
/** Applies `sql`, looks, and takes it back with `undo`. */
async function with_<T>(sql: string, undo: string, look: () => Promise<T>): Promise<T> {
  await cluster.sql(sql, 'shop');
  try {
    return await look();
  } finally {
    await cluster.sql(undo, 'shop');
  }
}

test('promise 4: what setup-target made is well, and each forbidden thing that is tried is refused', async () => {
  const diagnosis = await diagnose('shop', logins(), options);
  const text = printed(diagnosis);
  assert.deepEqual(diagnosis.refusals, []);
  assert.deepEqual(
    diagnosis.findings.filter(({ severity }) => severity === 'wrong'),
    [],
  );
  assert.ok(diagnosis.well, text);
  assert.equal(exitCode([diagnosis]), 0);
  assert.ok(diagnosis.attempts.length > 20);
  for (const { sql, refused } of diagnosis.attempts) assert.match(String(refused), /^(42501|22023|0LP01)/, sql);
  assert.deepEqual(await proveTarget(logins(), options), { outcome: 'proved' });
});

test('it says who else can write, by inheritance too, and leaves nothing behind', async () => {
  await cluster.sql(
    `CREATE ROLE team; GRANT UPDATE ON orders TO team; CREATE ROLE lee LOGIN IN ROLE team; CREATE ROLE idle LOGIN`,
    'shop',
  );
  const { findings } = await diagnose('shop', logins(), options);
  const others = findings
    .filter(({ who }) => who === 'others')
    .map(({ says }) => says)
    .join('\n');
  assert.match(others, /Superusers go round the gateway: postgres/);
  assert.match(others, /app can write public\.orders without the gateway/);
  assert.match(others, /lee can write public\.orders/);
  assert.doesNotMatch(others, /idle|d_writer|d_reader/);
  assert.equal(
    (await cluster.sql(`SELECT count(*)::int FROM pg_namespace WHERE nspname = 'sudoql_doctor'`, 'shop')).rows[0].count,
    0,
  );
});

const FAULTS: Record<
  string,
  { sql: string; undo: string; says: RegExp; severity: 'wrong' | 'weak' | 'note'; refused?: RegExp }
> = {
  'a reader that may write a table': {
    sql: 'GRANT UPDATE (n) ON orders TO PUBLIC',
    undo: 'REVOKE UPDATE (n) ON orders FROM PUBLIC',
    says: /reader may write public\.orders/,
    severity: 'wrong',
    refused: /d_reader may write public\.orders/,
  },
  'a reader that could become one who writes': {
    sql: 'GRANT app TO d_reader',
    undo: 'REVOKE app FROM d_reader',
    says: /d_reader is a member of app/,
    severity: 'wrong',
    refused: /d_reader may write/,
  },
  'a reader with pg_write_all_data': {
    sql: 'GRANT pg_write_all_data TO d_reader',
    undo: 'REVOKE pg_write_all_data FROM d_reader',
    says: /member of pg_write_all_data/,
    severity: 'wrong',
    refused: /d_reader may write/,
  },
  'a superuser reader': {
    sql: 'ALTER ROLE d_reader SUPERUSER',
    undo: 'ALTER ROLE d_reader NOSUPERUSER',
    says: /d_reader has SUPERUSER/,
    severity: 'wrong',
    refused: /reader d_reader is a superuser/,
  },
  'a superuser writer': {
    sql: 'ALTER ROLE d_writer SUPERUSER',
    undo: 'ALTER ROLE d_writer NOSUPERUSER',
    says: /d_writer has SUPERUSER/,
    severity: 'wrong',
    refused: /writer d_writer is a superuser, whom no floor holds/,
  },
  'a writer that makes roles': {
    sql: 'ALTER ROLE d_writer CREATEROLE BYPASSRLS',
    undo: 'ALTER ROLE d_writer NOCREATEROLE NOBYPASSRLS',
    says: /d_writer has BYPASSRLS/,
    severity: 'wrong',
  },
  'a writer that acts as another': {
    sql: 'GRANT app TO d_writer; ALTER ROLE d_writer SET role = app',
    undo: 'ALTER ROLE d_writer RESET role; REVOKE app FROM d_writer',
    says: /d_writer is a member of app/,
    severity: 'wrong',
    refused: /acts as app/,
  },
  'a writer that owns a table': {
    sql: 'CREATE TABLE mine(); ALTER TABLE mine OWNER TO d_writer',
    undo: 'DROP TABLE mine',
    says: /d_writer owns table public\.mine/,
    severity: 'wrong',
  },
  'a writer with TRUNCATE': {
    sql: 'GRANT TRUNCATE ON orders TO d_writer',
    undo: 'REVOKE TRUNCATE ON orders FROM d_writer',
    says: /more than row rights: TRUNCATE on public\.orders/,
    severity: 'weak',
  },
  'a view over the catalogue that is written with its owner’s rights': {
    sql: 'CREATE VIEW everyone AS SELECT rolname, rolsuper FROM pg_authid',
    undo: 'DROP VIEW everyone',
    says: /change the server's own catalogue through the view public\.everyone, with the rights of its owner postgres/,
    severity: 'wrong',
  },
  'a schema that anyone may create in': {
    sql: 'GRANT CREATE ON SCHEMA public TO PUBLIC',
    undo: 'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    says: /can create things in schema public/,
    severity: 'wrong',
  },
  'temporary tables': {
    sql: 'GRANT TEMP ON DATABASE shop TO PUBLIC',
    undo: 'REVOKE TEMP ON DATABASE shop FROM PUBLIC',
    says: /The target let the reader run: CREATE TEMP TABLE/,
    severity: 'weak',
  },
  'a function with its owner’s rights': {
    sql: `CREATE FUNCTION wipe() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM orders'`,
    undo: 'DROP FUNCTION wipe()',
    says: /d_reader may call the SECURITY DEFINER function public\.wipe\(\), owned by postgres/,
    severity: 'weak',
  },
  'a built-in given back': {
    sql: 'GRANT EXECUTE ON FUNCTION lo_unlink(oid) TO PUBLIC',
    undo: 'REVOKE EXECUTE ON FUNCTION lo_unlink(oid) FROM PUBLIC',
    says: /d_reader may call lo_unlink\(oid\)/,
    severity: 'weak',
  },
  'a server setting': {
    sql: 'GRANT SET ON PARAMETER session_replication_role TO d_writer',
    undo: 'REVOKE SET ON PARAMETER session_replication_role FROM d_writer',
    says: /d_writer may set session_replication_role/,
    severity: 'wrong',
  },
  'a control login that cannot signal': {
    sql: 'REVOKE pg_signal_backend FROM d_control',
    undo: 'GRANT pg_signal_backend TO d_control WITH INHERIT TRUE, SET FALSE',
    says: /go round/,
    severity: 'note',
    refused: /may not end backends/,
  },
  'a control login that cannot see': {
    sql: 'REVOKE pg_read_all_stats FROM d_control',
    undo: 'GRANT pg_read_all_stats TO d_control WITH INHERIT TRUE, SET FALSE',
    says: /go round/,
    severity: 'note',
    refused: /may not see when backends started/,
  },
  'a reader that can signal control': {
    sql: 'GRANT pg_signal_backend TO d_reader WITH INHERIT TRUE; GRANT EXECUTE ON FUNCTION pg_cancel_backend(int) TO d_reader',
    undo: 'REVOKE pg_signal_backend FROM d_reader; REVOKE EXECUTE ON FUNCTION pg_cancel_backend(int) FROM d_reader',
    says: /The target let the reader run: SELECT pg_cancel_backend/,
    severity: 'wrong',
  },
  'a target login that may connect to the ledger': {
    sql: 'GRANT CONNECT ON DATABASE ledger TO d_writer',
    undo: 'REVOKE CONNECT ON DATABASE ledger FROM d_writer',
    says: /d_writer may connect to ledger/,
    severity: 'note',
    refused: /d_writer may connect to the ledger/,
  },
  'a writer that reads dates otherwise': {
    sql: "ALTER ROLE d_writer SET DateStyle = 'ISO, DMY'",
    undo: 'ALTER ROLE d_writer RESET DateStyle',
    says: /datestyle is ISO, MDY for the reader and ISO, DMY for the writer; in write mode it is the reader's/,
    severity: 'note',
  },
  'a writer whose triggers do not fire': {
    sql: 'ALTER ROLE d_writer SET session_replication_role = replica',
    undo: 'ALTER ROLE d_writer RESET session_replication_role',
    says: /session_replication_role is origin for the reader and replica for the writer; sudo is refused/,
    severity: 'wrong',
  },
  'a tenant that is set for the writer alone': {
    sql: "ALTER ROLE d_writer IN DATABASE shop SET app.tenant = '7'",
    undo: 'ALTER ROLE d_writer IN DATABASE shop RESET app.tenant',
    says: /app\.tenant is nothing for the reader and 7 for the writer; sudo is refused/,
    severity: 'wrong',
  },
  'a schema named like the writer': {
    sql: 'CREATE SCHEMA d_writer; GRANT USAGE ON SCHEMA d_writer TO d_reader, d_writer',
    undo: 'DROP SCHEMA d_writer',
    says: /search_path "\$user", public leads the reader and the writer to different schemas; in write mode it is "d_reader", "public"/,
    severity: 'note',
  },
  'a schema of the search_path that is closed to the writer': {
    sql: 'CREATE SCHEMA closed; GRANT USAGE ON SCHEMA closed TO d_reader; ALTER DATABASE shop SET search_path = closed, public',
    undo: 'ALTER DATABASE shop RESET search_path; DROP SCHEMA closed',
    says: /search_path closed, public leads the reader and the writer to different schemas; sudo is refused/,
    severity: 'wrong',
  },
};

for (const [name, { sql, undo, says, severity, refused }] of Object.entries(FAULTS)) {
  test(`promise 4: it finds ${name}${refused ? ', and serve refuses the target' : ''}`, async () => {
    const diagnosis = await with_(sql, undo, () => diagnose('shop', logins(), options));
    const text = printed(diagnosis);
    const found = diagnosis.findings.filter((finding) => says.test(finding.says));
    assert.ok(
      found.some((finding) => finding.severity === severity),
      text,
    );
    if (refused) assert.match(diagnosis.refusals.join('\n'), refused);
    else assert.deepEqual(diagnosis.refusals, []);
    if (refused || severity === 'wrong') assert.equal(exitCode([diagnosis]), 1, text);
  });
}

test('serve says in what the logins differ, and lets sessions in', async () => {
  const { sql, undo } = FAULTS['a writer that reads dates otherwise'] ?? { sql: '', undo: '' };
  const proof = await with_(sql, undo, () => proveTarget(logins(), options));
  assert.equal(proof.outcome, 'proved');
  assert.match(proof.outcome === 'proved' ? (proof.unlike ?? []).join() : '', /datestyle is ISO, MDY for the reader/);
});

test('promise 4: reader, writer and control at different databases are refused', async () => {
  await cluster.createDatabase('elsewhere');
  await cluster.sql('GRANT CONNECT ON DATABASE elsewhere TO d_reader');
  const proof = await proveTarget({ ...logins(), reader: at('d_reader', 'r', 'elsewhere') }, options);
  assert.equal(proof.outcome, 'refused');
  assert.match(
    proof.outcome === 'refused' ? proof.reasons.join() : '',
    /reader and the writer do not reach the same database/,
  );
});

test('promise 4: the same database name on another server is refused', async () => {
  const other = await startPostgres();
  try {
    // As a standby or a restored copy has it: the same system identifier (of the clusters' template) and oid.
    await other.sql(CREATE_SHOP);
    await setupTarget({ connectionString: other.url('shop') }, plan, { apply: true });
    const proof = await proveTarget({ ...logins(), control: { ...logins().control, port: other.port } }, options);
    assert.equal(proof.outcome, 'refused');
    assert.match(
      proof.outcome === 'refused' ? proof.reasons.join() : '',
      /control and the writer do not reach the same running server/,
    );
  } finally {
    await other.remove();
  }
});

test('one login for two purposes is refused', async () => {
  const proof = await proveTarget({ ...logins(), writer: logins().reader }, options);
  assert.match(proof.outcome === 'refused' ? proof.reasons.join() : '', /must be different logins/);
});

test('a target or a ledger that cannot be asked is unreachable, not well and not refused', async () => {
  const wrong = await proveTarget({ ...logins(), writer: at('d_writer', 'wrong') }, options);
  assert.equal(wrong.outcome, 'unreachable');
  assert.match(
    wrong.outcome === 'unreachable' ? wrong.reason : '',
    /^The writer login cannot be used: password authentication failed/,
  );
  const noLedger = await proveTarget(logins(), { ledger: { ...options.ledger, password: 'wrong' } });
  assert.equal(noLedger.outcome, 'unasked');
});

test('what is tried leaves no line of an error in the target’s log', async () => {
  const errors = () => log.join('').match(/^.*(?:ERROR|FATAL): .*$/gm) ?? [];
  await cluster.sql('SELECT 1/0').catch(() => undefined);
  await until('the log is read', async () => errors().some((line) => line.includes('division by zero')));
  const before = errors().length;
  const { attempts: tried, well } = await diagnose('shop', logins(), options);
  assert.ok(well && tried.length > 60 && tried.every(({ refused }) => refused !== null));
  await cluster.sql(`SELECT 'the last'::int`).catch(() => undefined);
  await until('all of it is read', async () => errors().some((line) => line.includes('the last')));
  assert.deepEqual(errors().slice(before, -1), []);
});

test('what can be done is found by trying, quietly as well', async () => {
  const found = await with_(
    'GRANT CREATE ON DATABASE shop TO d_reader',
    'REVOKE CREATE ON DATABASE shop FROM d_reader',
    () => diagnose('shop', logins(), options),
  );
  assert.ok(found.findings.some(({ says }) => says === 'The target let the reader run: CREATE SCHEMA sudoql_doctor'));
  assert.equal((await cluster.sql(`SELECT FROM pg_namespace WHERE nspname = 'sudoql_doctor'`, 'shop')).rowCount, 0);
});

test('on a managed server nothing is advised that only the provider can do', async () => {
  const diagnosis = await with_(
    `CREATE ROLE rds_superuser; CREATE ROLE rdsadmin LOGIN SUPERUSER; GRANT TEMPORARY ON DATABASE shop TO d_reader`,
    'REVOKE TEMPORARY ON DATABASE shop FROM d_reader; DROP ROLE rdsadmin; DROP ROLE rds_superuser',
    () => diagnose('shop', logins(), options),
  );
  const text = printed(diagnosis);
  assert.match(text, /run by Amazon RDS or Aurora: .* pg_hba\.conf cannot be edited/);
  assert.match(text, /Logins of the provider go round the gateway, .*: rdsadmin\./);
  assert.doesNotMatch(text, /Superusers go round the gateway: [^\n]*rdsadmin/);
  const temp = diagnosis.findings.find(({ says }) => says.includes('CREATE TEMP TABLE'));
  assert.deepEqual([temp?.severity, temp?.fix], ['note', null]);
});
