// `policy matrix` and `policy who-can`: a policy's answers for everybody that is known, as a table.
import { Argument, type Command } from 'commander';
import type { Principal, Target } from '../../contract/words.ts';
import { words } from '../matrix/changes.ts';
import { groupsAsPeople, type Matrix, matrixOf, RIGHTS, type Right } from '../matrix/matrix.ts';
import { loadWasmPolicy } from '../wasm-policy.ts';
import {
  directoryOf,
  type Opened,
  openPolicy,
  type PolicyCommandParts,
  refuse,
  say,
  USAGE,
  withCompiler,
  withDirectory,
  withDirectoryArgument,
  withJson,
} from './parts.ts';

interface Options {
  directory: string;
  json: boolean;
  config?: string;
  target?: string;
  at?: string;
}

const withWorld = (command: Command): Command =>
  command
    .option('-c, --config <file>', "the gateway's configuration, for targets, labels and the ledger's tokens")
    .option('--at <time>', 'when (ISO 8601); default: now');

export function registerMatrix(policy: Command, parts: PolicyCommandParts): void {
  withWorld(withJson(withDirectoryArgument(policy.command('matrix'))))
    .summary('who can do what where')
    .description(
      'For each principal with a token, and each group that settings name, on each target: read, write, change the schema, elevate; and who may administer. Where a condition remains, its code is named.',
    )
    .option('--target <name>', 'only this target')
    .addHelpText('after', '\nExample:\n  sudoqld policy matrix --config sudoql.yaml')
    .action(async (named: string | undefined, options: Options) => {
      const matrix = await ask({ ...options, directory: directoryOf(named, options) }, parts);
      if (options.json) return say(parts, JSON.stringify(matrix));
      const head = ['who', 'target', ...RIGHTS, 'minutes'];
      const rows = matrix.rows.map((row) => [
        row.who,
        row.target,
        ...RIGHTS.map((right) => words(row[right])),
        String(row.minutes ?? '-'),
      ]);
      printTable(parts, [head, ...rows]);
      for (const { who, actions } of matrix.administer) say(parts, `${who} administers: ${actions.join(', ')}`);
    });
}

export function registerWhoCan(policy: Command, parts: PolicyCommandParts): void {
  withWorld(withJson(withDirectory(policy.command('who-can'))))
    .summary('everybody who can do this there')
    .addArgument(new Argument('<what>', 'read, write, ddl or elevate').choices(RIGHTS))
    .argument('<target>', 'where')
    .addHelpText('after', '\nExample:\n  sudoqld policy who-can write shop --config sudoql.yaml')
    .action(async (what: Right, target: string, options: Options) => {
      const { rows } = await ask({ ...options, target }, parts);
      const who = rows.filter((row) => row[what] !== 'no');
      if (options.json) return say(parts, JSON.stringify(who));
      if (who.length === 0) return say(parts, 'nobody');
      printTable(
        parts,
        who.map((row) => [row.who, words(row[what])]),
      );
    });
}

export interface Asked {
  people: Principal[];
  targets: Target[];
  now: Date;
}

/** Whom and what is asked about; without a configuration the groups of the settings, on one target of production. */
export async function askedAbout(
  data: unknown,
  { config, target, at }: Pick<Options, 'config' | 'target' | 'at'>,
  parts: PolicyCommandParts,
): Promise<Asked> {
  const now = at === undefined ? new Date() : new Date(at);
  if (Number.isNaN(now.getTime())) throw parts.fail(`--at takes an ISO 8601 time, not "${at}"`, USAGE);
  const world = (await parts.world?.(config)) ?? null;
  if (!world)
    parts.err.write(
      'assumed: nobody is known but the groups that settings name, and a target is production (--config)\n',
    );
  const known = world?.targets ?? [{ name: target ?? 'production', labels: { environment: 'production' } }];
  const targets = target === undefined ? known : known.filter(({ name }) => name === target);
  if (targets.length === 0) throw parts.fail(`The configuration has no target ${target}.`, USAGE);
  return { people: [...(world?.people ?? []), ...groupsAsPeople(data)], targets, now };
}

async function ask(options: Options, parts: PolicyCommandParts): Promise<Matrix> {
  const opened = await openPolicy(options.directory);
  if (!opened.ok) throw refuse(parts, opened.problems, options.json);
  return matrixFor(opened, await askedAbout(opened.view.data, options, parts), parts, options.json);
}

export async function matrixFor(
  { view }: Opened & { ok: true },
  { people, targets, now }: Asked,
  parts: PolicyCommandParts,
  json: boolean,
): Promise<Matrix> {
  const { problems, wasm = '' } = await withCompiler(parts, (compiler) => compiler.run({ op: 'build', ...view }));
  if (problems?.length) throw refuse(parts, problems, json);
  const policy = await loadWasmPolicy(Buffer.from(wasm, 'base64'), view.data);
  return matrixOf(policy, people, targets, now);
}

function printTable(parts: PolicyCommandParts, rows: readonly string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows)
    say(
      parts,
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
