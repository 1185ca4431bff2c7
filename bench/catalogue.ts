// A target whose catalogue lists 200,000 tables: how long the first statement takes, what the gateway's memory and its event loop pay,
// and what others wait for when the schema changes beside them.
//
//   npm run bench -- catalogue            (node bench/catalogue.ts --relations 20000)
import { parseArgs } from 'node:util';
import { manyRelations } from '../test/helpers/many-relations.ts';
import { makeStage, openPolicy } from '../test/wire/stage.ts';
import { quantile, timed } from './measure.ts';

const { values } = parseArgs({ options: { relations: { type: 'string', default: '200000' } } });
const relations = Number(values.relations);
const CHANGES = 5;

const stage = await makeStage({ policy: openPolicy(), schema: 'CREATE TABLE t (a int); INSERT INTO t VALUES (1)' });
try {
  const root = await stage.direct();
  await manyRelations(root, relations);
  const memory = () => Math.round(process.memoryUsage.rss() / 1e6);
  let longest = 0;
  let last = process.threadCpuUsage();
  const looks = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.threadCpuUsage();
  }, 1);
  const longestNow = () => {
    const found = longest;
    longest = 0;
    return found.toFixed(1);
  };

  const before = memory();
  const client = await stage.connect();
  longestNow();
  // Who does not get it within some seconds is told so, and it is there for the next one.
  let tries = 0;
  const tried = async (text: string): Promise<void> => {
    for (;;) {
      tries++;
      const refused = await client.query(text).then(
        () => null,
        (error: { code?: string }) => error,
      );
      if (refused === null) return;
      if (refused.code !== '08006') throw refused;
    }
  };
  const first = await timed(() => tried('SELECT a FROM t'));
  console.log(
    `${relations} relations: first statement ${first.toFixed(0)} ms in ${tries} tries, memory ${before} → ${memory()} MB, the loop held ${longestNow()} ms`,
  );
  const usual = [];
  for (let n = 0; n < 200; n++) usual.push(await timed(() => client.query(`SELECT a FROM t WHERE a = ${n}`)));
  console.log(`a statement: p50 ${quantile(usual, 0.5).toFixed(1)} ms`);

  // Somebody changes the schema in write mode; another one goes on reading.
  const writer = await stage.connect();
  await writer.query("SELECT sudo('schema changes')");
  longestNow();
  const beside: number[] = [];
  let going = true;
  const reading = (async () => {
    for (let n = 0; going; n++) beside.push(await timed(() => client.query(`SELECT a FROM t WHERE a = ${n}`)));
  })();
  const changes = [];
  for (let n = 0; n < CHANGES; n++) {
    changes.push(await timed(() => writer.query(`ALTER TABLE t ADD c${n} int`)));
    changes.push(await timed(() => writer.query(`SELECT c${n} FROM t`)));
  }
  going = false;
  await reading;
  console.log(
    `${CHANGES} changes of the schema, each with a statement that needs it: p50 ${quantile(changes, 0.5).toFixed(0)} ms, max ${quantile(changes, 1).toFixed(0)} ms; another session's statements beside them: max ${quantile(beside, 1).toFixed(0)} ms; the loop held ${longestNow()} ms; memory ${memory()} MB`,
  );
  clearInterval(looks);
} finally {
  await stage.remove();
}
