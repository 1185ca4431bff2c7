// doctor on the oldest and the newest server, where the setup was a superuser's and where it was that of an operator who is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startVersion, VERSIONS } from '../../../../test/helpers/debian-postgres.ts';
import { migratedLedger } from '../../../ledger/testing.ts';
import { diagnose } from './doctor.ts';
import { proveTarget } from './refusals.ts';
import { setupTarget } from '../setup/setup-target.ts';

for (const version of VERSIONS) {
  test(`promise 4: on ${version} what a superuser set up is well; what an operator did is used, and doctor names the one key that is left`, async (context) => {
    const cluster = await startVersion(version);
    context.after(() => cluster.remove());
    const options = { ledger: await migratedLedger(cluster) };
    await cluster.sql(`CREATE ROLE operator LOGIN CREATEROLE PASSWORD 'operator'`);
    for (const operator of ['postgres', 'operator']) {
      const database = `shop_of_${operator}`;
      await cluster.sql(`CREATE DATABASE ${database} OWNER operator`);
      await cluster.sql(
        'ALTER SCHEMA public OWNER TO operator; SET ROLE operator; CREATE TABLE things (a int)',
        database,
      );
      const login = (name: string) => ({ user: `${operator}_${name}`, password: name });
      const admin = {
        connectionString: cluster.url(database, operator, operator === 'postgres' ? undefined : operator),
      };
      const plan = {
        database,
        schemas: ['public'],
        reader: login('reader'),
        writer: login('writer'),
        control: login('control'),
      };
      await setupTarget(admin, plan, { apply: true });
      const at = (name: string) => ({ host: '127.0.0.1', port: cluster.port, database, ...login(name) });
      const logins = { reader: at('reader'), writer: at('writer'), control: at('control') };
      // Other databases of this test's server are open to PUBLIC, which is a note.
      const diagnosis = await diagnose(database, logins, options);
      const found = (severity: string) => diagnosis.findings.filter((finding) => finding.severity === severity);
      const open = diagnosis.attempts.filter(({ refused }) => refused === null).map(({ sql }) => sql);
      assert.ok(diagnosis.attempts.length > 60);
      if (operator === 'postgres') {
        assert.deepEqual([diagnosis.refusals, found('wrong'), open], [[], [], []]);
        assert.deepEqual(await proveTarget(logins, options), { outcome: 'proved' });
      } else {
        // Built-ins cannot be taken from PUBLIC there, and control is a member of the others.
        assert.deepEqual(
          [...new Set(open)].filter(
            (sql) => !/^SELECT (lo_create|pg_logical_emit_message|pg_cancel_backend)/.test(sql),
          ),
          [],
          JSON.stringify(found('wrong')),
        );
        assert.ok(found('weak').some(({ says }) => says.includes('lo_create')));
        assert.deepEqual(found('wrong'), []);
        assert.equal(
          found('weak').some(({ says }) => /as a member of reader and writer/.test(says)),
          version >= 16,
        );
        assert.deepEqual(await proveTarget(logins, options), { outcome: 'proved' });
      }
      await cluster.sql(`DROP DATABASE ${database} WITH (FORCE)`);
    }
  });
}
