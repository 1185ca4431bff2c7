// `npm run test:clients`: real clients against the demo's gateway. Each installs what it needs: psql and pg_dump from Debian,
// drivers from PyPI, npm, Maven Central and the Go module proxy. Arguments name the clients to run; without any, those that CI runs; `--all`: every
// one. `--write`: what was seen to work goes into docs/clients.md.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Demo, startDemo } from '../helpers/demo.ts';
import { until } from '../helpers/until.ts';
import { type Client, clients } from './clients.ts';
import { PAGE, page, seenIn, worksIn } from './page.ts';

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const [all, write] = ['--all', '--write'].map((option) => process.argv.includes(option));
const chosen = clients.filter(({ name, extra }) => wanted.includes(name) || (wanted.length === 0 && (all || !extra)));
if (chosen.length === 0) {
  console.error(`No such client. There are: ${clients.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

/** Runs a command with its output shown when it fails; resolves to what it said, or to null when it did not end with 0. */
function command(
  [program = '', ...args]: string[],
  env: Record<string, string>,
  directory: string,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (data: Buffer) => {
      output = (output + data.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      console.log(error.message);
      resolve(null);
    });
    child.on('exit', (code) => {
      if (code !== 0) console.log(`${[program, ...args].join(' ')}\n${output}`);
      resolve(code === 0 ? output : null);
    });
  });
}

/** What the gateway refused, without what the check tries on purpose: a write of these two tables, and nonsense. */
async function refusedByMistake(demo: Demo, tries?: RegExp): Promise<string[]> {
  // An entry of a read session is durable within a second; what a session did is written before its end.
  await until('the sessions have ended', async () => {
    const [open] = await demo.onLedger(
      "SELECT sum(CASE body::jsonb ->> 'kind' WHEN 'session_started' THEN 1 WHEN 'session_ended' THEN -1 ELSE 0 END) = 0 AS none FROM entry",
    );
    return open?.none === true;
  });
  const rows = await demo.onLedger(
    "SELECT body::text AS body FROM entry WHERE body::jsonb ->> 'kind' = 'statement_refused' ORDER BY at",
  );
  const refused = rows.map(({ body }) => String(body));
  return refused.filter(
    (body) =>
      !/secret_relation|"normalized":"(UPDATE|DELETE FROM) \W*(customers|orders)\b|syntax error/i.test(body) &&
      !tries?.test(body),
  );
}

const schema = await readFile(join(import.meta.dirname, 'schema.sql'), 'utf8');

/** One after the other, for they share directories and locks, and ahead of the checks: most of it is waiting for the network. */
const installed = new Map<Client, Promise<boolean>>();
let last: Promise<unknown> = Promise.resolve();
for (const client of chosen) {
  const mine = last.then(() => install(client));
  installed.set(client, mine);
  last = mine;
}

async function install({ install, directory }: Client): Promise<boolean> {
  for (const step of install) if ((await command(step, {}, directory)) === null) return false;
  return true;
}

/** Also those that share its directory: what is imported is not replaced meanwhile. */
async function isInstalled(client: Client): Promise<boolean> {
  const together = chosen.filter(({ directory }) => directory === client.directory);
  await Promise.all(together.map((each) => installed.get(each)));
  return (await installed.get(client)) ?? false;
}

/** What its check said, or null when it failed. */
async function check(client: Client): Promise<string | null> {
  // A demo of its own for each, so that what one leaves behind does not carry the next.
  const [there, demo] = await Promise.all([isInstalled(client), startDemo()]);
  try {
    const { hostname, port, username, password, pathname } = new URL(demo.wire);
    // Past the gateway, as a login that may no more than a reader.
    const onlooker = Object.assign(new URL(demo.target), { username: 'onlooker', password: 'onlooker' });
    const env = {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: pathname.slice(1),
      DEMO_WIRE: demo.wire,
      DEMO_HTTP: demo.http,
      DEMO_TARGET: demo.target,
      DEMO_ONLOOKER: onlooker.href,
    };
    await demo.onTarget(schema);
    const said = there ? await command(client.run, env, client.directory) : null;
    const mistakes = await refusedByMistake(demo, client.tries);
    if (mistakes.length > 0) console.log(`refused, though it is no write:\n${mistakes.join('\n')}`);
    return mistakes.length > 0 ? null : said;
  } finally {
    await demo.stop();
  }
}

const told = new Map<Client, string | null>();
const waiting = [...chosen];
async function checkInTurn(): Promise<void> {
  for (let client = waiting.shift(); client; client = waiting.shift()) {
    const start = performance.now();
    const said = await check(client);
    told.set(client, said);
    console.log(
      `${said === null ? 'FAILED' : 'ok'}  ${client.name}  ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, checkInTurn));

const passed = chosen.filter((client) => told.get(client) !== null);
if (write) {
  const seen = seenIn(await readFile(PAGE, 'utf8'));
  for (const client of passed) {
    const { name, version, directory } = client;
    const which = typeof version === 'string' ? version : ((await command(version, {}, directory)) ?? '');
    seen.set(name, { version: which.trim(), works: worksIn(told.get(client) ?? '') });
  }
  await writeFile(PAGE, page(seen));
}
const failed = chosen.length - passed.length;
console.log(`${passed.length} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
