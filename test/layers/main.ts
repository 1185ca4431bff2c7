// `npm run test:layers [-- TITLE …] [--write] [--cases PART]`: plays the refused corpus (or the cases whose names contain
// PART) against each layer alone, prints the table, and with --write puts these rows into docs/read-mode.md.
import { parseArgs } from 'node:util';
import { runCorpus } from '../bypass/run-corpus.ts';
import { makeStage } from '../bypass/stage.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { COMPOSITIONS } from './compositions.ts';
import { type Row, rowOf, tableOf, writeTable } from './table.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

const { values, positionals: titles } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    cases: { type: 'string', default: '' },
  },
});
const rows: Row[] = [];
const ledger = await startLedgerPostgres();
try {
  for (const composition of COMPOSITIONS.filter((each) => titles.length === 0 || titles.includes(each.title))) {
    const cluster = await startPostgres();
    const stage = await makeStage(cluster);
    const way = await composition.open(stage, ledger);
    const { about } = composition;
    const report = await runCorpus(way, {
      version: 18,
      directories: { refused: 'refused' },
      together: composition.refusesAll ? 8 : 1,
      extendedEvery: Number.POSITIVE_INFINITY,
      only: (each) => each.name.includes(values.cases) && (about?.(each) ?? true),
    });
    await way.close();
    await stage.remove();
    await cluster.remove();
    const row = rowOf(composition, report);
    rows.push(row);
    console.error(`${row.title}: ${row.cases} cases, ${row.noError} without an error, harm in ${row.harm}`);
    if (values.list)
      for (const { case: each, harm, errors } of [...report.harmed, ...report.through])
        console.error(`    ${each.name} ${harm.join(', ')} ${errors[0]?.slice(0, 120) ?? 'no error'}`);
  }
} finally {
  await ledger.remove();
}
console.log(tableOf(rows));
if (values.write && values.cases === '')
  await writeTable(
    rows,
    COMPOSITIONS.map((each) => each.title),
  );
process.exit(0);
