// Layer E alone: a vetted function turns out to write, and leaves READ ONLY where that can be done (up to 15). However its call
// stands among others, nothing of it is committed, and what was to last beside it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, execute, parse, query, SYNC } from '../../services/gateway/wire/frames.ts';
import { listFunctions } from '../../services/statements/vetting/list-functions.ts';
import { DATABASE, makeStage } from '../bypass/stage.ts';
import { startVersion, VERSIONS } from '../helpers/debian-postgres.ts';
import { makeGateway } from '../helpers/gateway.ts';
import { bindText, Raw } from '../wire/raw-client.ts';
import { openPolicy } from '../wire/stage.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

const WRITES = "SELECT public.vouched_writes('x')";
const SET = "SET DateStyle = 'German'";
const run = (text: string) => [parse('', text), bindText('', ''), execute('')];
const DOMAIN = [close('S', 'd'), parse('d', 'SELECT $1::public.vouched_domain'), bindText('', 'd', ['x'])];

const WAYS: Record<string, Buffer[][]> = {
  'beside a SET': [[query(`${SET}; ${WRITES}`)], [query(`${WRITES}; ${SET}`)]],
  'beside set_config': [[query(`SELECT set_config('DateStyle', 'German', false); ${WRITES}`)]],
  'beside what was prepared': [[query(`PREPARE w AS ${WRITES}; EXECUTE w`)]],
  'behind the end of a transaction': [[query(`BEGIN; ROLLBACK; ${WRITES}`)], [query(`ROLLBACK; ${WRITES}; ${SET}`)]],
  'before the beginning of one': [[query(`${WRITES}; BEGIN`)], [query('COMMIT')]],
  'in a savepoint that is released': [[query(`BEGIN; SAVEPOINT s; ${WRITES}; RELEASE s`)], [query('COMMIT')]],
  'in a chain': [[query('BEGIN')], [query(WRITES)], [query('COMMIT AND CHAIN')], [query('COMMIT')]],
  'in a batch behind a SET': [[...run(SET), ...run(WRITES), SYNC]],
  'in a batch before one': [[...run(WRITES), ...run(SET), SYNC]],
  'in a batch behind a ROLLBACK': [[query('BEGIN')], [...run('ROLLBACK'), ...run(SET), ...run(WRITES), SYNC]],
  'in a batch between BEGIN and COMMIT': [[...run('BEGIN'), ...run(WRITES), ...run('COMMIT'), SYNC]],
  'in a batch that goes on as a Query': [[...run(SET), query(WRITES)]],
  'at Bind alone': [[...DOMAIN, SYNC]],
  'at Bind behind a SET': [[...run(SET), ...DOMAIN, SYNC]],
  'at Bind in a transaction': [[query('BEGIN')], [...DOMAIN, SYNC], [...run('COMMIT'), SYNC]],
  'from a cursor': [[query(`BEGIN; DECLARE c CURSOR FOR ${WRITES}`)], [query(`FETCH c; ${SET}`)], [query('COMMIT')]],
};

for (const version of VERSIONS) {
  test(`3, 4: on ${version} what a vetted function writes is never committed, and a setting beside a plain one lasts`, async (context) => {
    const [target, ledger] = await Promise.all([startVersion(version), startLedgerPostgres()]);
    context.after(() => Promise.all([target.remove(), ledger.remove()]));
    const stage = await makeStage(target);
    const admin = await stage.admin();
    const vetted = (await listFunctions(admin, DATABASE)).filter(({ signature }) => signature.includes('.vouched_'));
    const [reader, writer, control] = [stage.config('reader'), stage.config('writer'), stage.config('control')];
    const gateway = await makeGateway({
      ledger,
      name: DATABASE,
      reader,
      writer,
      control,
      policy: openPolicy(),
      vetted,
    });
    try {
      for (const [way, batches] of Object.entries(WAYS)) {
        const raw = await Raw.open(gateway.through({ user: 'ben' }));
        for (const messages of batches) {
          // Where a transaction that wrote cannot even be failed in words, its session is ended.
          const ended = await raw.ask(messages).then(
            () => false,
            () => true,
          );
          if (ended) break;
        }
        raw.destroy();
        assert.deepEqual((await admin.query('SELECT line FROM app.log')).rows, [], way);
      }
      const raw = await Raw.open(gateway.through({ user: 'ben' }));
      const plain = 'SELECT public.vouched_plain(-1)';
      const said = await raw.ask(query(`${SET}; ${plain}`));
      assert.deepEqual(
        said.filter((word) => !word.startsWith('T(')),
        ['C(SET)', 'D(1)', 'C(SELECT 1)', 'Z(I)'],
      );
      assert.ok((await raw.ask(query('SHOW DateStyle'))).includes('D(German, DMY)'));
      await raw.ask([...run("SET DateStyle = 'ISO'"), ...run(plain), SYNC]);
      assert.ok((await raw.ask(query('SHOW DateStyle'))).includes('D(ISO, DMY)'));
      const failed = await raw.ask(query(`${SET}; ${plain}; SELECT 1 / 0`));
      assert.ok(
        failed.some((word) => word.startsWith('E(22012')),
        failed.join(' '),
      );
      assert.ok((await raw.ask(query('SHOW DateStyle'))).includes('D(ISO, DMY)'), 'and not when the text fails');
      raw.destroy();
    } finally {
      await gateway.close();
      await admin.end();
      await stage.remove();
    }
  });
}
