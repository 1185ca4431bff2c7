import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface Client {
  name: string;
  directory: string;
  /** What it is run with, where that is pinned here; else what this command says. */
  version: string | string[];
  /** Not in CI: run by its name, or with --all. */
  extra?: true;
  /** Commands that bring what it needs; each may be run again. */
  install: string[][];
  run: string[];
  /** What it tries on purpose beyond the usual writes, as the record has it. */
  tries?: RegExp;
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
const pinned = (packages: string[]): string =>
  packages.map((each) => each.replace(/\[\w+\]/, '').replace(/==|@(?=\d)/, ' ')).join(', ');
const pythonClient = (name: string, ...packages: string[]): Client => ({
  name,
  version: pinned(packages),
  directory: join(here, 'python'),
  install: pip(...packages),
  run: [python, `${name}_check.py`],
});

/** Its packages in a directory of their own, from where its check takes them. */
const nodeClient = (name: string, ...packages: string[]): Client => {
  const home = join(cache, 'node', name);
  return {
    name,
    extra: true,
    version: pinned(packages),
    directory: join(here, 'node'),
    install: [
      ['mkdir', '-p', home],
      ['npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', home, ...packages],
    ],
    run: [process.execPath, `${name}_check.mjs`, home],
  };
};

const root = join(here, '../..');
/** Our own packages, built and installed from their archives, in an environment of their own. */
const ownPackage = (name: string, directory: string, tests: string, packages: string[]): Client => {
  const environment = join(cache, name);
  const pipIn = [join(environment, 'bin/python'), '-m', 'pip', '-q', '--disable-pip-version-check'];
  const wheels = join(environment, 'wheels');
  return {
    name,
    version: pinned(packages),
    directory: join(root, directory, 'tests'),
    install: [
      ['sh', '-c', `test -x ${environment}/bin/python || python3 -m venv ${environment}`],
      [...pipIn, 'install', ...packages],
      ['rm', '-rf', wheels],
      [
        ...pipIn,
        'wheel',
        '--no-deps',
        '--wheel-dir',
        wheels,
        join(root, 'clients/python'),
        join(root, 'clients/django'),
      ],
      ['sh', '-c', `${pipIn.join(' ')} install --no-deps --force-reinstall ${wheels}/*.whl`],
    ],
    run: [join(environment, 'bin/python'), tests, '-v'],
    tries: /"normalized":"(set role|CREATE TABLE \W*(django_migrations|shop_gift))\b/i,
  };
};

/** Versions are pinned: a new driver that sends something new should fail here on purpose, not by chance. */
export const clients: Client[] = [
  {
    name: 'psql',
    version: ['psql', '--version'],
    directory: here,
    install: [apt('psql', 'postgresql-client')],
    run: ['sh', 'psql/check.sh'],
  },
  {
    name: 'psql-as-tools',
    version: ['psql', '--version'],
    directory: here,
    install: [apt('psql', 'postgresql-client')],
    run: ['sh', 'psql/tools.sh'],
    tries:
      /"normalized":"(CREATE TABLE x|SELECT (pg_catalog\.)?txid_current|SELECT \* FROM customers FOR UPDATE)|"sudo_not_alone"/i,
  },
  {
    name: 'pg_dump',
    version: ['pg_dump', '--version'],
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
  ownPackage('sudoql-python', 'clients/python', 'test_sudoql.py', [
    'psycopg[binary]==3.3.1',
    'psycopg_pool==3.3.3',
    'psycopg2-binary==2.9.13',
    'sqlalchemy==2.0.44',
  ]),
  // 4.2, the oldest that it says it works with, passes as well: put its version here to see it.
  ownPackage('sudoql-django', 'clients/django', 'test_django.py', ['django==5.2.8', 'psycopg[binary]==3.3.1']),
  {
    name: 'pgjdbc',
    version: 'org.postgresql:postgresql 42.7.8',
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
  {
    name: 'pgx',
    version: 'github.com/jackc/pgx/v5 5.7.6',
    directory: join(here, 'go'),
    install: [['go', 'mod', 'download']],
    run: ['go', 'run', '.'],
  },
  nodeClient('node-postgres', 'pg@8.23.1', 'pg-cursor@2.22.1', 'pg-query-stream@4.17.0'),
  nodeClient('postgres.js', 'postgres@3.4.9'),
  nodeClient('drizzle', 'drizzle-orm@0.45.4', 'pg@8.23.1'),
  nodeClient('kysely', 'kysely@0.29.9', 'pg@8.23.1', 'pg-cursor@2.22.1'),
  nodeClient('knex', 'knex@3.3.0', 'pg@8.23.1', 'pg-query-stream@4.17.0'),
  nodeClient('typeorm', 'typeorm@1.1.1', 'pg@8.23.1'),
  { ...pythonClient('psycopg2', 'psycopg2-binary==2.9.13'), extra: true },
];
