// Verification as tests of the record ask for it: by the gateway's own code and, under `npm run test:verifier`, by the one that
// shares none with it (clients/verifier); both must say the same.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { type Verification, type VerifyOptions, verifyLedger } from '../../services/ledger/chain/verify.ts';

/** Path of the second verifier, or undefined where there need be no Python. */
const SECOND = process.env.SUDOQL_SECOND_VERIFIER;

export async function verifyTwice(connection: pg.ClientConfig, options: VerifyOptions = {}): Promise<Verification> {
  const ours = await verifyLedger(connection, options);
  if (SECOND === undefined) return ours;
  const args = [
    '--database',
    conninfo(connection),
    '--json',
    ...(options.heads ?? []).flatMap((head) => ['--head', head]),
  ];
  const { problems, entries } = await secondly(SECOND, args);
  const places = (list: readonly { chain: string; seq: number | null }[]) =>
    list.map(({ chain, seq }) => `${chain} ${seq}`).sort();
  assert.equal(problems.length > 0, !ours.ok, JSON.stringify([problems, ours.problems]));
  assert.equal(entries, ours.entries);
  assert.deepEqual([...new Set(places(problems))], [...new Set(places(ours.problems))]);
  return ours;
}

export async function secondly(
  program: string,
  args: string[],
): Promise<{ ok: boolean; entries: number; problems: { chain: string; seq: number | null; what: string }[] }> {
  const child = spawn('python3', [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.notEqual(out, '', err);
  return JSON.parse(out);
}

function conninfo({ connectionString, host, port, database, user, password }: pg.ClientConfig): string {
  if (connectionString) return connectionString;
  const url = new URL(`postgresql://${host}:${port}/${database}`);
  url.username = encodeURIComponent(user ?? '');
  url.password = encodeURIComponent(String(password ?? ''));
  return url.href;
}
