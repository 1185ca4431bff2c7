// `npm run test:clients`: real clients against the demo's gateway. Each installs what it needs: psql and pg_dump from Debian,
// drivers from PyPI, Maven Central and the Go module proxy. Arguments name the clients to run; without any, all.
import { spawn } from 'node:child_process';
import { startDemo } from '../helpers/demo.ts';
import { clients } from './clients.ts';

const wanted = process.argv.slice(2);
const chosen = clients.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  console.error(`No such client. There are: ${clients.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

/** Runs a command with its output shown when it fails; resolves to whether it ended with 0. */
function command([program = '', ...args]: string[], env: Record<string, string>, directory: string): Promise<boolean> {
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
      resolve(false);
    });
    child.on('exit', (code) => {
      if (code !== 0) console.log(`${[program, ...args].join(' ')}\n${output}`);
      resolve(code === 0);
    });
  });
}

let passed = 0;
let failed = 0;
for (const client of chosen) {
  const start = performance.now();
  const installed = await client.install.reduce<Promise<boolean>>(
    async (before, step) => (await before) && command(step, {}, client.directory),
    Promise.resolve(true),
  );
  // A demo of its own for each, so that what one leaves behind does not carry the next.
  const demo = await startDemo();
  try {
    const { hostname, port, username, password, pathname } = new URL(demo.wire);
    const env = {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: pathname.slice(1),
      DEMO_WIRE: demo.wire,
      DEMO_TARGET: demo.target,
    };
    const ok = installed && (await command(client.run, env, client.directory));
    console.log(`${ok ? 'ok' : 'FAILED'}  ${client.name}  ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (ok) passed++;
    else failed++;
  } finally {
    await demo.stop();
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
