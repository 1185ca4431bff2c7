// The console: a page of live elevations at the server, with its bytes, and searches of the record over many entries.
// `--elevations N`, `--entries N`: how many there are (1,000 and 100,000 unless said).
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { canonical } from '../services/ledger/chain/canonical.ts';
import { Browser } from '../test/people/browser.ts';
import { startStage } from '../test/people/stage.ts';
import { report, timed } from './measure.ts';

const { values } = parseArgs({
  options: { elevations: { type: 'string', default: '1000' }, entries: { type: 'string', default: '100000' } },
});
const ROUNDS = 30;
/** Entries inserted at once. */
const CHUNK = 50_000;
/** In place of a copy's own. */
const SEQ = 987_654_321;
const COPY = `INSERT INTO entry (at, body, hash)
  SELECT at, body, encode(sha256(convert_to(body, 'UTF8')), 'hex') FROM (
    SELECT at, replace(replace(replace(replace(replace($1,
      '@AT', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), '"seq":' || $2::int, '"seq":' || ($3::bigint + n)),
      '@SESSION', 'ses_' || n), '@PERSON', 'person' || n % 200), '@ELEVATION', 'elv_' || n) AS body
    FROM (SELECT n, $4::timestamptz - n * interval '1 ms' AS at FROM generate_series($5::bigint, $6::bigint) AS n) AS times
  ) AS copies`;
const stage = await startStage();
try {
  const ben = new Browser(stage.http);
  stage.provider.people.set('u-ben', {
    ...{ sub: 'u-ben', preferred_username: 'ben', email: 'ben@example.com', name: 'ben', groups: [] },
  });
  await ben.signIn('u-ben', '/me');
  await stage.record({
    kind: 'elevation_started',
    ...{ elevation: 'elv_0', reason: 'bench', seconds: 900, by: 'in-band', revision: 'r', decided: null },
    ...{ writer_pid: 1, writer_started: 'x', deadline: new Date(Date.now() + 900_000).toISOString() },
    ...{ session: 'ses_0', principal: 'ana', target: 'shop' },
  });
  const [first] = await stage.entries('elevation_started');
  // Copies of one entry, of other elevations and people, a millisecond apart: canonical, or a page leaves them out. Of what no page looks at
  // nothing is proved. Made by the server: millions of them are made in minutes.
  const copies = async (kind: string, n: number, from: number, more: object) => {
    const of = { session: '@SESSION', principal: '@PERSON', elevation: '@ELEVATION' };
    const like = canonical({ ...first, kind, at: '@AT', seq: SEQ, ...of, ...more });
    for (let begin = 1; begin <= n; begin += CHUNK)
      await stage.sql(COPY, [like, SEQ, from, String(first?.at), begin, Math.min(n, begin + CHUNK - 1)]);
  };
  await copies('elevation_started', Number(values.elevations), 10, {});
  await stage.sql('ANALYZE entry');
  const page = async (path: string, lines: number) => {
    const taken: number[] = [];
    let text = '';
    for (let n = -3; n < ROUNDS; n++) {
      const ms = await timed(async () => {
        ({ text } = await ben.ask(path));
      });
      if (n >= 0) taken.push(ms);
    }
    assert.equal(text.match(/data-label="Who"/g)?.length ?? 0, lines, `lines of ${path}`);
    report(`${path} (${Math.round(Buffer.byteLength(text) / 1_024)} KB)`, 'ms', taken);
  };
  console.log(`\n${values.elevations} live elevations of 200 people, one policy that is a function`);
  await page('/now', Math.min(100, Number(values.elevations) + 1));
  const form = { fingerprint: 'f1', normalized: 'UPDATE orders SET status = $1', relations: ['public.orders'] };
  const runs = { form: [0], rows: [1], start_us: [0], duration_us: [5], transaction: ['committed'] };
  await copies('writes', Number(values.entries), 10_000_000, {
    ...{ forms: [{ ...form, type: 'UpdateStmt', effects: ['write'], revision: 'r', decided: null }], ended: [] },
    ...{ first: 1, since: first?.at, runs: { ...runs, failed: [], written: [], commits: [] } },
  });
  await stage.sql('ANALYZE entry');
  console.log(`\n${values.entries} entries of writes`);
  await page('/record?', 50);
  await page('/record?who=person7', 50);
  await page('/record?relation=orders', 50);
  await page('/record?relation=public.none', 0);
  await page('/record?form=UPDATE+none', 0);
  await page('/record?outcome=error', 0);
  await page('/record?since=1h', 50);
} finally {
  await stage.close();
}
