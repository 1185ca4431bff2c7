// `policy.source: database`, part by part: before anything was activated, and while the ledger is away.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeActivate } from '../../services/gateway/policy/activation.ts';
import { runCommand } from '../../services/gateway/cli/program.ts';
import { makeDescribeChange } from '../../services/gateway/policy/describe-change.ts';
import { makeGates } from '../../services/gateway/policy/gates.ts';
import { makeHeartbeat } from '../../services/ledger/heartbeat/make-heartbeat.ts';
import { makeLedgerPool } from '../../services/ledger/ledger-pool.ts';
import { migratedLedger } from '../../services/ledger/testing.ts';
import { makeLedger } from '../../services/ledger/write/make-ledger.ts';
import { makeAnnounce } from '../../services/notifier/announce.ts';
import { makeOutbox } from '../../services/notifier/outbox.ts';
import { makeDatabaseSource } from '../../services/policy/source/database-source.ts';
import { makePolicy } from '../../services/policy/policy.ts';
import { makeRevisions } from '../../services/policy/source/revisions.ts';
import { readInput } from '../../services/policy/gate/sample-inputs.ts';
import { changed, lean, shippedFiles } from '../../services/policy/testing.ts';
import { until } from '../helpers/until.ts';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';

let cluster: Cluster;
const endings: (() => Promise<unknown>)[] = [];
before(async () => {
  cluster = await startPostgres();
  endings.push(() => cluster.remove());
});
after(async () => {
  for (const end of endings.reverse()) await end();
});

test('with nothing activated all is denied and it is said what to do; the first activation is taken over, and so is one after which the database went away', async () => {
  const connection = await migratedLedger(cluster);
  const quiet = { warn() {}, error() {} };
  const ledger = makeLedger({ connection, replica: 'r1', version: '0', graceMs: 5_000 });
  const pool = makeLedgerPool({ connection });
  const heartbeat = makeHeartbeat({ connection, replica: 'r1', log: quiet });
  const revisions = makeRevisions(pool);
  const gates = makeGates({ cache: null, lint: 'mistakes', coverage: 'changed' });
  const refused: string[] = [];
  const policy = makePolicy({
    source: makeDatabaseSource({ revisions, watch: (onChange) => heartbeat.watchPolicy(onChange), retryMs: 50 }),
    onRefused: (problem) => refused.push(problem),
  });
  endings.push(async () => {
    await policy.close();
    await gates.close();
    await heartbeat.close();
    await ledger.close();
    await pool.close();
  });
  await policy.ready;
  assert.match(policy.problem ?? '', /no policy was activated yet.*sudoqld policy activate/);
  assert.deepEqual(policy.statement(readInput), { ok: false, fault: 'no policy is in force', revision: null });

  const activate = makeActivate({
    announce: makeAnnounce({ ledger, outbox: makeOutbox({ channels: { security: {} } }) }),
    channels: ['security'],
    revisions,
    judge: gates.judge,
    approvals: { needed: 0, pool, difference: async () => [] },
    describe: makeDescribeChange({ pool, targets: [], compiler: gates.compiler }),
  });
  const shipped = lean(await shippedFiles());
  const actor = { operator: 'test' };
  const first = await activate({ files: shipped, actor });
  assert.equal(first.kind, 'activated');
  await until('it is in force', async () => policy.revision === (first.kind === 'activated' && first.revision));
  assert.equal(policy.problem, null);

  const files = changed(shipped, { 'settings/ddl/data.yaml': 'enabled: false\ngroups: []\n' });
  const second = await activate({ files, actor });
  await cluster.stop();
  await cluster.start();
  await until('it has the second', async () => policy.revision === (second.kind === 'activated' && second.revision));
  assert.deepEqual(refused, [], 'nobody need be told of a database that was away');

  // As after it was restored from an older copy.
  await cluster.sql('DELETE FROM policy_activation WHERE seq = (SELECT max(seq) FROM policy_activation)', 'ledger');
  await until('it is told', async () => refused.length > 0);
  assert.match(refused[0] ?? '', /names activation 1, and had one of number 2: it was restored from a copy/);
  assert.equal(policy.revision, second.kind === 'activated' && second.revision, 'nothing older comes back by itself');
});

test('activating where it makes no sense is refused in words: a directory as source, a token over plain HTTP', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-policy-commands-'));
  endings.push(() => rm(directory, { recursive: true, force: true }));
  const config = join(directory, 'sudoql.yaml');
  const example = await readFile(fileURLToPath(new URL('../../sudoql.example.yaml', import.meta.url)), 'utf8');
  await writeFile(config, example.replace(/tls: \{ mode: verify-full.*\}/g, 'tls: { mode: disable }'));
  await writeFile(join(directory, 'token'), 'sudoql_x\n');
  const names = ['SUDOQL_LEDGER_PASSWORD', 'SUDOQL_SMTP_PASSWORD', 'SUDOQL_WEBHOOK_SECRET'];
  names.push('SHOP_READER_PASSWORD', 'SHOP_WRITER_PASSWORD', 'SHOP_CONTROL_PASSWORD');
  const env = Object.fromEntries(names.map((name) => [name, 'whsec_YSBzZWNyZXQgZm9yIHRoZSB0ZXN0cyBvZiBpdA==']));
  const run = async (...args: string[]): Promise<[number, string]> => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const code = await runCommand(args, { out, err, signal: new AbortController().signal, env });
    return [code, String(err.read() ?? '')];
  };
  const policies = fileURLToPath(new URL('../../policies', import.meta.url));
  const [code, words] = await run('policy', 'activate', policies, '--config', config);
  assert.equal(code, 2, words);
  assert.match(words, /policy\.source is directory: what is saved in .*policies is what is activated/);
  const token = join(directory, 'token');
  const plain = await run(
    'policy',
    'activate',
    policies,
    '--gateway',
    'http://sudoql.example.com',
    '--token-file',
    token,
  );
  assert.deepEqual(plain, [2, '--gateway takes an https:// URL, or one of this host.\n']);
  const away = await run('policy', 'activate', policies, '--gateway', 'http://127.0.0.1:1', '--token-file', token);
  assert.equal(away[0], 69);
  assert.match(away[1], /does not answer/);
  assert.equal((await run('policy', 'activate', policies, '--gateway', 'https://sudoql.example.com'))[0], 2);
  assert.equal((await run('policy', 'activate', '/nowhere', '--config', config))[0], 1);
});
