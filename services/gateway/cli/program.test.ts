import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import type { Command } from 'commander';
import { startPostgres } from '../../../test/helpers/postgres.ts';
import { makeProgram, runCommand } from './program.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sudoql-cli-'));
});
after(() => rm(directory, { recursive: true, force: true }));

interface Ended {
  code: number;
  out: string;
  err: string;
}

async function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await runCommand(args, { out, err, env, signal: new AbortController().signal });
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

/** A configuration whose servers do not exist. */
async function config(text = ''): Promise<string> {
  const file = join(directory, 'sudoql.yaml');
  await writeFile(
    file,
    `ledger: { url: "postgres://sudoql_gateway@127.0.0.1:1/ledger" }
policy: { source: directory, directory: . }
channels: { mail: { type: email, smtp: "smtp://127.0.0.1:25", from: a@example.com, to: [b@example.com] } }
security: { notify: [mail] }
targets:
  shop:
    host: 127.0.0.1
    port: 1
    database: shop
    reader: { user: r }
    writer: { user: w }
    control: { user: c }
    notify: [mail]
${text}`,
  );
  return file;
}

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}
const path = (command: Command): string[] => (command.parent ? [...path(command.parent), command.name()] : []);

test('every command has help with a description and an example, and prints it with exit code 0', async () => {
  const io = { out: new PassThrough(), err: new PassThrough(), signal: new AbortController().signal };
  const all = leaves(await makeProgram(io));
  assert.ok(all.length >= 20, `${all.length} commands`);
  for (const command of all) {
    const { code, out } = await run([...path(command), '--help']);
    assert.equal(code, 0, path(command).join(' '));
    assert.match(out, /Examples?:\n {2}/, `no example: ${path(command).join(' ')}`);
    assert.ok(command.description() || command.summary(), path(command).join(' '));
  }
});

test('wrong usage is 2, with words; an unknown command and option too', async () => {
  for (const args of [
    ['nosuch'],
    ['token', 'create', '--user', 'ana'],
    ['serve', '--nosuch'],
    ['token', 'create', '--kind', 'king', '--user', 'x'],
    ['ledger', 'verify', '--head', 'x'],
    ['end', '--config', await config()],
    ['setup-target', '--target', 'nosuch', '--config', await config()],
  ]) {
    const { code, err } = await run(args);
    assert.equal(code, 2, args.join(' '));
    assert.notEqual(err.trim(), '', args.join(' '));
  }
});

test('a configuration that cannot be used is 78, with its place', async () => {
  const { code, err } = await run(['check-config', '--config', await config('limits: { sesions: 3 }')]);
  assert.equal(code, 78);
  assert.match(err, /sudoql\.yaml:\d+:\d+: limits\.sesions: unknown key; did you mean sessions\?/);
  assert.equal((await run(['serve', '--config', join(directory, 'missing.yaml')])).code, 78);
  assert.equal((await run(['check-config', '--config', await config()])).code, 0);
});

test('a policy directory that is not there is told by check-config and serve alike, without a stack', async () => {
  const file = await config();
  await writeFile(file, (await readFile(file, 'utf8')).replace('directory: . }', 'directory: ./nowhere }'));
  for (const command of ['check-config', 'serve']) {
    const { code, err } = await run([command, '--config', file]);
    assert.equal(code, 78, command);
    assert.match(err, /policy\.directory: expected a readable directory, got \S+nowhere \(ENOENT\)/);
    assert.doesNotMatch(err, /\n\s+at /);
  }
});

test('a ledger that was not migrated is told as that', async () => {
  const cluster = await startPostgres();
  try {
    await cluster.createDatabase('fresh');
    const file = await config();
    const ledger = `{ url: "postgres://sudoql_gateway@127.0.0.1:${cluster.port}/fresh", password: "\${LEDGER}" }`;
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(/(?<=^ledger: ).*/m, () => ledger),
    );
    for (const args of [
      ['notices', 'list'],
      ['ledger', 'show'],
      ['token', 'list'],
    ]) {
      const { code, err } = await run([...args, '--config', file], { LEDGER: 'secret' });
      assert.equal(code, 78, `${args.join(' ')}: ${err}`);
      assert.match(err, /If this ledger is new, "sudoqld migrate" makes/);
      assert.doesNotMatch(err, /\n\s+at /);
    }
  } finally {
    await cluster.remove();
  }
});

test('a server that does not answer is 69, for each command that needs one', async () => {
  const file = await config();
  for (const args of [
    ['token', 'list'],
    ['token', 'create', '--user', 'ana', '--kind', 'human'],
    ['ledger', 'show'],
    ['ledger', 'verify'],
    ['notices', 'list'],
    ['end', '--all'],
    ['doctor'],
    ['functions', '--target', 'shop'],
    ['functions', '--target', 'shop', '--all'],
  ]) {
    const { code, err } = await run([...args, '--config', file]);
    assert.equal(code, 69, `${args.join(' ')}: ${err}`);
    assert.doesNotMatch(err, /\n\s+at /, `a stack: ${args.join(' ')}`);
  }
});

test('commands that need a login that is not configured say which, with 78', async () => {
  const file = await config();
  for (const [args, words] of [
    [['migrate'], /ledger\.owner/],
    [['ledger', 'prune', '--before', '2020-01'], /ledger\.owner/],
    [['setup-target', '--target', 'shop'], /targets\.shop\.admin/],
  ] as const) {
    const { code, err } = await run([...args, '--config', file]);
    assert.equal(code, 78);
    assert.match(err, words);
  }
});
