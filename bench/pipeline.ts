// A load that a client pipelines in write mode: 50,000 INSERTs before one Sync, and 110,000 in texts of 500. Whole on real parts: that every
// intent has its outcome, that `ledger verify` finds nothing, what neighbours see meanwhile, and what it costs beside PostgreSQL alone.
//
//   npm run bench -- pipeline            (node bench/pipeline.ts --scale 0.1)
//
// Exits 1 when an outcome is missing, the record does not verify, a neighbour was refused, or it took more than three times as long as directly.
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { message } from '../services/gateway/wire/frames.ts';
import { startDemo } from '../test/helpers/demo.ts';
import { until } from '../test/helpers/until.ts';
import { bindText, execute, parse, query, Raw, SYNC } from '../test/wire/raw-client.ts';
import { quantile, timed } from './measure.ts';

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
const scale = Number(values.scale);
const MOST = 3;
const TEXT = 500;

const demo = await startDemo();
const wire = new URL(demo.wire);
const target = new URL(demo.target);
const through = (user: string) => ({
  host: wire.hostname,
  port: Number(wire.port),
  database: 'shop',
  user,
  password: demo.tokens[user] ?? '',
});
const past: pg.ClientConfig = {
  host: target.hostname,
  port: Number(target.port),
  database: 'shop',
  user: decodeURIComponent(target.username),
  password: decodeURIComponent(target.password),
};
const problems: string[] = [];
/** INSERTs that went through the gateway. */
let sent = 0;

/** Each: messages to be sent, as many as end in so many ReadyForQuery. */
const LOADS = {
  'INSERTs before one Sync': (count: number) => ({
    ready: 1,
    messages: [
      parse('load', 'INSERT INTO arrived VALUES ($1, $2)'),
      ...Array.from({ length: count }, (_, n) => Buffer.concat([bindText('', 'load', [`${n}`, 'made']), execute('')])),
      message('C', Buffer.from('S'), 'load'),
      SYNC,
    ],
  }),
  [`INSERTs in texts of ${TEXT}`]: (count: number) => ({
    ready: Math.ceil(count / TEXT),
    messages: Array.from({ length: Math.ceil(count / TEXT) }, (_, n) =>
      query(
        Array.from(
          { length: Math.min(TEXT, count - n * TEXT) },
          (_, i) => `INSERT INTO arrived VALUES (${n * TEXT + i}, 'made')`,
        ).join(';'),
      ),
    ),
  }),
};

/** Sends them as fast as they are taken, and waits for all answers. Resolves to milliseconds. */
async function load(raw: Raw, { messages, ready }: { messages: Buffer[]; ready: number }): Promise<number> {
  return timed(async () => {
    const { stream } = raw.client;
    const answered = raw.heard(ready);
    for (const each of messages) if (!stream.write(each)) await new Promise((resolve) => stream.once('drain', resolve));
    const errors = (await answered).filter((word) => word.startsWith('E('));
    problems.push(...errors.slice(0, 3));
  });
}

/** Executions in write mode that the record has as begun, and those of them whose end it has. */
async function recorded(): Promise<{ begun: number; ended: number }> {
  const [row] = await demo.onLedger(`
    SELECT sum(jsonb_array_length(body::jsonb #> '{runs,form}')) AS begun,
      sum(jsonb_array_length(jsonb_path_query_array(body::jsonb, '$.runs.duration_us[*] ? (@ != null)'))
        + jsonb_array_length(body::jsonb -> 'ended')) AS ended
    FROM entry WHERE kind = 'writes'`);
  return { begun: Number(row?.begun), ended: Number(row?.ended) };
}

try {
  await demo.onTarget('CREATE TABLE arrived (id int, note text); GRANT ALL ON arrived TO PUBLIC');
  const neighbour = await demo.connect(through('sec'));
  for (const [[name, make], most] of Object.entries(LOADS).map(
    (each, n) => [each, n === 0 ? 50_000 : 110_000] as const,
  )) {
    const inserts = Math.round(most * scale);
    sent += inserts;
    const direct = await load(await Raw.open(past), make(inserts));
    const alone = [];
    for (let n = 0; n < 200; n++)
      alone.push(await timed(() => neighbour.query(`SELECT name FROM customers WHERE id = ${n}`)));
    const raw = await Raw.open(through('ana'));
    const elevated = (await raw.ask(query("SELECT sudo('a load of many rows')"))).join(' ');
    if (elevated.includes('E(')) problems.push(elevated);
    const beside: number[] = [];
    let going = true;
    const reading = (async () => {
      for (let n = 0; going; n++) {
        beside.push(await timed(() => neighbour.query(`SELECT name FROM customers WHERE id = ${n}`)));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })().catch((error: unknown) => problems.push(`the neighbour: ${String(error)}`));
    const took = await load(raw, make(inserts));
    going = false;
    await reading;
    raw.destroy();
    const [{ n } = {}] = await demo.onTarget('SELECT count(*)::int AS n FROM arrived');
    if (n !== 2 * inserts) problems.push(`${String(n)} rows are there, not ${2 * inserts}`);
    await demo.onTarget('TRUNCATE arrived');
    // Until then no more of ana's is taken.
    await until('every execution that began has its end', async () => {
      const { begun, ended } = await recorded();
      return begun > 0 && begun === ended;
    }).catch((error: unknown) => problems.push(String(error)));
    const ratio = took / direct;
    if (ratio > MOST) problems.push(`${name}: ${ratio.toFixed(1)} × direct`);
    const p = (figures: number[], q: number) => quantile(figures, q).toFixed(1);
    console.log(
      `${inserts} ${name}: directly ${(direct / 1_000).toFixed(1)} s, through the gateway ${(took / 1_000).toFixed(1)} s (${ratio.toFixed(1)} ×); a neighbour's reads p50 ${p(alone, 0.5)} → ${p(beside, 0.5)} ms, p99 ${p(alone, 0.99)} → ${p(beside, 0.99)} ms, max ${p(beside, 1)} ms`,
    );
  }
  const { begun, ended } = await recorded();
  console.log(`${begun} statements began, ${ended} ended, by the record`);
  if (begun < sent) problems.push(`the record has ${begun} statements, of ${sent} that were sent`);
  const verified = await demo.sudoqld('ledger', 'verify').catch((error: unknown) => String(error));
  console.log(verified.trim().split('\n').slice(-3).join('\n'));
} finally {
  await demo.stop();
}
for (const problem of problems) console.log(`PROBLEM ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
