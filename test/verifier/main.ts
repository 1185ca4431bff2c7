// `npm run test:verifier`: the record held against a verifier that shares no code with the gateway. Installs python3 and psql
// where they are missing. Exits non-zero when the two disagree, or when one overlooks an alteration.
//
//   --without-forgeries   leaves those to a run of the tests with SUDOQL_SECOND_VERIFIER set to the program
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { exportLedger } from '../../services/ledger/export/export.ts';
import { migratedLedger } from '../../services/ledger/testing.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { secondly, verifyTwice } from '../helpers/verify-twice.ts';
import { altered } from './altered.ts';
import { record } from './record.ts';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'clients/verifier/sudoql_verify.py');
process.env.SUDOQL_SECOND_VERIFIER = program;

function command(...[name = '', ...args]: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${name} ${args.join(' ')} ended with ${code}`)),
    );
  });
}
const install = (probe: string, name: string) =>
  command(
    'sh',
    '-c',
    `command -v ${probe} >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends ${name}; }`,
  );

await install('python3', 'python3');
await install('psql', 'postgresql-client');

// Every forgery and alteration that the gateway's own verification is tested with.
if (!process.argv.includes('--without-forgeries'))
  await command('node', 'bin/preflight.js', 'test/run.ts', 'services/ledger/chain');

const cluster = await startPostgres();
const directory = await mkdtemp(join(tmpdir(), 'sudoql-verifier-'));
try {
  const connection = await migratedLedger(cluster);
  const heads = await record(connection);
  const { entries } = await verifyTwice(connection, { heads });

  const file = join(directory, 'record.jsonl');
  const out = createWriteStream(file);
  assert.equal(await exportLedger(connection, out), entries);
  out.end();
  await finished(out);
  const mail = join(directory, 'mail.eml');
  await writeFile(mail, `Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nkeep it:\r\n${heads[0]}\r\n`);
  const began = performance.now();
  assert.deepEqual(await secondly(program, [file, '--json', '--against', mail]), {
    ok: true,
    entries,
    chains: heads.length,
    problems: [],
  });
  console.log(
    `${entries} entries, second verifier: ${Math.round(entries / ((performance.now() - began) / 1_000))} a second`,
  );
  await writeFile(mail, `Subject: x\r\n\r\n${'0'.repeat(64)}\r\n`);
  assert.equal((await secondly(program, [file, '--json', '--against', mail])).ok, false);

  await command('python3', 'test/verifier/alterations.py', file);
  assert.deepEqual(await altered(connection), { altered: entries, missed: [] });
  console.log(`one byte of each of ${entries} entries altered: found by both, each time`);
} finally {
  await rm(directory, { recursive: true, force: true });
  await cluster.remove();
}
