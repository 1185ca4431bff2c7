// The console: a page of live elevations at the server, with its bytes, and searches of the record over many entries.
// `--elevations N`, `--entries N`: how many there are (1,000 and 100,000 unless said).
import { parseArgs } from 'node:util';
import { Browser } from '../test/people/browser.ts';
import { startStage } from '../test/people/stage.ts';
import { report, timed } from './measure.ts';

const { values } = parseArgs({
  options: { elevations: { type: 'string', default: '1000' }, entries: { type: 'string', default: '100000' } },
});
const ROUNDS = 30;
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
  // Copies of one entry, of other elevations and people: what they say is not proved here.
  const copies = (kind: string, n: number, from: number, more: string) =>
    stage.sql(
      `INSERT INTO entry (at, body, hash)
       SELECT at - n * interval '1 ms', (body::jsonb || jsonb_build_object('seq', ${from} + n, 'kind', '${kind}', 'session', 'ses_' || n,
         'principal', 'person' || n % 200, 'elevation', 'elv_' || n, 'at', to_char((at - n * interval '1 ms') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) || ${more})::text, hash
       FROM entry, generate_series(1, ${n}) AS n WHERE kind = 'elevation_started' AND elevation = 'elv_0'`,
    );
  await copies('elevation_started', Number(values.elevations), 10, `'{}'::jsonb`);
  await stage.sql('ANALYZE entry');
  const page = async (path: string) => {
    const taken: number[] = [];
    let bytes = 0;
    for (let n = -3; n < ROUNDS; n++) {
      const ms = await timed(async () => {
        bytes = Buffer.byteLength((await ben.ask(path)).text);
      });
      if (n >= 0) taken.push(ms);
    }
    report(`${path} (${Math.round(bytes / 1_024)} KB)`, 'ms', taken);
  };
  console.log(`\n${values.elevations} live elevations of 200 people, one policy that is a function`);
  await page('/now');
  const forms = `'{"forms": [{"fingerprint": "f1", "normalized": "UPDATE orders SET status = $1", "relations": ["public.orders"]}]}'::jsonb`;
  await copies('writes', Number(values.entries), 10_000_000, forms);
  await stage.sql('ANALYZE entry');
  console.log(`\n${values.entries} entries of writes`);
  for (const search of ['', 'who=person7', 'relation=orders', 'relation=public.none', 'form=UPDATE+none', 'since=1h'])
    await page(`/record?${search}`);
} finally {
  await stage.close();
}
