// Where the time of one client's TPC-B-like transaction goes: how long each of its statements takes, directly and through the gateway.
import { parseArgs } from 'node:util';
import { bindText, execute, parse, SYNC } from '../test/wire/raw-client.ts';
import { quantile } from './measure.ts';
import { openRawSession } from './stage/raw-session.ts';
import { startStage } from './stage/stage.ts';

const STEPS: readonly [name: string, text: string, values: string[]][] = [
  ['BEGIN', 'BEGIN', []],
  ['UPDATE accounts', 'UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = $1', ['77']],
  ['SELECT', 'SELECT abalance FROM pgbench_accounts WHERE aid = $1', ['77']],
  ['UPDATE tellers', 'UPDATE pgbench_tellers SET tbalance = tbalance + 1 WHERE tid = $1', ['7']],
  ['UPDATE branches', 'UPDATE pgbench_branches SET bbalance = bbalance + 1 WHERE bid = $1', ['1']],
  [
    'INSERT history',
    'INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (7, 1, $1, 1, CURRENT_TIMESTAMP)',
    ['77'],
  ],
  ['END', 'END', []],
  ['one INSERT', 'INSERT INTO arrived (id, note) VALUES ($1, 5)', ['8']],
];

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, fsync: { type: 'boolean', default: false } },
});
const stage = await startStage({ ways: ['direct', 'gateway'], fsync: values.fsync });
try {
  const rows: Record<string, number[]> = {};
  for (const way of stage.ways) {
    const session = await openRawSession(way, 'write');
    for (const [n, [, text]] of STEPS.entries()) await session.ask(parse(`s${n}`, text), SYNC);
    const took: number[][] = STEPS.map(() => []);
    const warm = performance.now() + 2_000;
    for (let now = 0; now < warm + Number(values.seconds) * 1_000; ) {
      for (const [n, [, , given]] of STEPS.entries()) {
        const began = performance.now();
        await session.ask(bindText('', `s${n}`, given), execute(''), SYNC);
        now = performance.now();
        if (began > warm) took[n]?.push((now - began) * 1_000);
      }
    }
    session.close();
    rows[way.name] = took.map((all) => quantile(all, 0.5));
  }
  const { direct = [], gateway = [] } = rows;
  const sum = (all: number[]) => all.slice(0, 7).reduce((total, each) => total + each, 0);
  const line = (name: string, one: number, other: number) =>
    console.log(
      `  ${name.padEnd(18)} ${one.toFixed(0).padStart(6)} ${other.toFixed(0).padStart(8)}   ${(other / one).toFixed(1)} ×`,
    );
  console.log(`median µs, one client, fsync ${values.fsync ? 'on' : 'off'}: direct, gateway`);
  for (const [n, [name]] of STEPS.entries()) line(name, direct[n] ?? 0, gateway[n] ?? 0);
  line('the transaction', sum(direct), sum(gateway));
} finally {
  await stage.close();
}
