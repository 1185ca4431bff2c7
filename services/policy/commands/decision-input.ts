// The input of `eval` and `explain`: whole from a file, or made of an SQL text, a principal and a target.
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { Compile } from 'typebox/compile';
import type { Mode } from '../../contract/words.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import type { StatementInput } from '../decision.ts';
import { type EntrypointName, INPUTS } from '../schemas/schemas.ts';
import { type PolicyCommandParts, USAGE } from './parts.ts';

export interface InputOptions {
  input?: string;
  file?: string;
  entrypoint: EntrypointName;
  as: string;
  groups: string[];
  kind: 'human' | 'service' | 'agent';
  mode: Mode;
  target: string;
  at?: string;
  config?: string;
}

export function withInput(command: Command): Command {
  const list = (text: string) => text.split(',').filter(Boolean);
  return command
    .argument('[sql]', 'the statement ("-": standard input); or --file, or --input')
    .option('-f, --file <file>', 'the statement, from a file')
    .option('-i, --input <file>', 'a whole input as JSON ("-": standard input)')
    .addOption(
      new Option('-e, --entrypoint <name>', 'of --input')
        .choices(['statement', 'elevation', 'admin'])
        .default('statement'),
    )
    .option('--as <user>', 'who', 'ana')
    .option('--groups <names>', 'their groups, with commas', list, ['dev'])
    .addOption(new Option('--kind <kind>', 'what they are').choices(['human', 'service', 'agent']).default('human'))
    .addOption(new Option('--mode <mode>', "the session's").choices(['read', 'write']).default('read'))
    .option('--target <name>', 'where', 'shop')
    .option('--at <time>', 'when (ISO 8601); default: now')
    .option('-c, --config <file>', "the gateway's configuration, for the target's catalogue and labels");
}

export interface Prepared {
  entrypoint: EntrypointName;
  input: unknown;
  /** The facts, when the input was made of SQL. */
  facts: StatementFacts | null;
}

/** One input a statement of the text. Fails with words when the options do not make an input. */
export async function prepareInputs(
  sql: string | undefined,
  options: InputOptions,
  parts: PolicyCommandParts,
): Promise<Prepared[]> {
  if ([sql, options.file, options.input].filter((one) => one !== undefined).length !== 1) {
    throw parts.fail('Give either a statement, or --file FILE, or --input FILE.', USAGE);
  }
  if (options.input !== undefined) {
    return [
      { entrypoint: options.entrypoint, input: await readInput(options.input, options.entrypoint, parts), facts: null },
    ];
  }
  if (!parts.facts)
    throw parts.fail('A statement needs a target whose catalogue can be read: give --config, or --input FILE.', USAGE);
  const now = options.at === undefined ? new Date() : new Date(options.at);
  if (Number.isNaN(now.getTime())) throw parts.fail(`--at takes an ISO 8601 time, not "${options.at}"`, USAGE);
  const file = sql === '-' ? '-' : options.file;
  const text = file === undefined ? (sql ?? '') : await readText(file, parts);
  const { labels, statements } = await parts.facts(text, {
    config: options.config,
    target: options.target,
    mode: options.mode,
  });
  if (statements.length === 0) throw parts.fail('There is no statement in that text.', USAGE);
  return statements.map((facts) => ({
    entrypoint: 'statement',
    input: statementInput(options, labels, facts, now),
    facts,
  }));
}

function statementInput(
  options: InputOptions,
  labels: Record<string, string>,
  statement: StatementFacts,
  now: Date,
): StatementInput {
  const clock = { ns: now.getTime() * 1_000_000, iso: now.toISOString() };
  return {
    version: 1,
    principal: {
      id: options.as,
      email: null,
      groups: options.groups,
      kind: options.kind,
      elevate: options.kind === 'human' ? 'in-band' : options.kind === 'service' ? 'connect' : 'none',
    },
    target: { name: options.target, labels },
    session: { id: 'policy-eval', via: 'tcp', application_name: 'sudoqld policy', client_address: '127.0.0.1' },
    mode: options.mode,
    elevation:
      options.mode === 'write'
        ? {
            id: 'policy-eval',
            reason: 'policy eval',
            started_at: clock.iso,
            deadline: new Date(now.getTime() + 900_000).toISOString(),
          }
        : null,
    statement,
    clock,
  };
}

/** Of a file, or of standard input. */
async function readText(file: string, parts: PolicyCommandParts): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    throw parts.fail(`${file}: ${error instanceof Error ? error.message : String(error)}`, USAGE);
  }
}

async function readInput(file: string, entrypoint: EntrypointName, parts: PolicyCommandParts): Promise<unknown> {
  let input: unknown;
  try {
    input = JSON.parse(await readText(file, parts));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw parts.fail(`${file}: ${error.message}`, USAGE);
  }
  const shape = Compile(INPUTS[entrypoint]);
  if (!shape.Check(input)) {
    const first = shape.Errors(input)[0];
    parts.err.write(
      `note: ${file} is not a whole input of ${entrypoint}: ${first?.instancePath || '/'} ${first?.message}\n`,
    );
  }
  return input;
}
