import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface Client {
  name: string;
  directory: string;
  /** Commands that bring what it needs; each may be run again. */
  install: string[][];
  run: string[];
}

const here = import.meta.dirname;
const cache = join(tmpdir(), `sudoql-clients-${userInfo().uid}`);
const venv = join(cache, 'python');
const python = join(venv, 'bin/python');

const apt = (probe: string, ...packages: string[]): string[] => [
  'sh',
  '-c',
  `command -v ${probe} >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends ${packages.join(' ')}; }`,
];
const pip = (...packages: string[]): string[][] => [
  ['sh', '-c', `test -x ${python} || python3 -m venv ${venv}`],
  [python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages],
];
const pythonClient = (name: string, ...packages: string[]): Client => ({
  name,
  directory: join(here, 'python'),
  install: pip(...packages),
  run: [python, `${name}_check.py`],
});

/** Versions are pinned: a new driver that sends something new should fail here on purpose, not by chance. */
export const clients: Client[] = [
  { name: 'psql', directory: here, install: [apt('psql', 'postgresql-client')], run: ['sh', 'psql/check.sh'] },
  {
    name: 'pg_dump',
    directory: here,
    // It refuses a server that is newer than itself: it gets one of its own version.
    install: [apt('pg_dump', 'postgresql-client'), apt('pg_createcluster', 'postgresql')],
    run: [process.execPath, 'psql/dump.ts'],
  },
  pythonClient('psycopg', 'psycopg[binary]==3.3.1'),
  pythonClient('pgcli', 'pgcli==4.3.0', 'psycopg[binary]==3.3.1'),
  pythonClient('asyncpg', 'asyncpg==0.30.0'),
  pythonClient('sqlalchemy', 'sqlalchemy==2.0.44', 'psycopg[binary]==3.3.1'),
  pythonClient('django', 'django==5.2.8', 'psycopg[binary]==3.3.1'),
  {
    name: 'pgjdbc',
    directory: join(here, 'java'),
    install: [
      apt('mvn', 'maven'),
      [
        'mvn',
        '-q',
        '-B',
        'dependency:copy',
        '-Dartifact=org.postgresql:postgresql:42.7.8',
        `-DoutputDirectory=${cache}`,
      ],
    ],
    run: ['java', '-cp', join(cache, 'postgresql-42.7.8.jar'), 'Check.java'],
  },
  { name: 'pgx', directory: join(here, 'go'), install: [['go', 'mod', 'download']], run: ['go', 'run', '.'] },
];
