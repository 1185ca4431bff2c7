// The input of `eval` and `explain`: whole from a file, or made of an SQL text, a principal and a target.
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { Compile } from '../../contract/typebox/typebox.js';
import type { Mode, Principal } from '../../contract/words.ts';
import type { StatementFacts } from '../../statements/facts.ts';
import { AdminInput, type ElevationRequestInput, type StatementInput } from '../decision.ts';
import { type EntrypointName, INPUTS } from '../schemas/schemas.ts';
import { type PolicyCommandParts, USAGE } from './parts.ts';

export interface InputOptions {
  input?: string;
  file?: string;
  entrypoint: EntrypointName;
  as: string;
  groups?: string[];
  kind?: Principal['kind'];
  mode: Mode;
  target: string;
  at?: string;
  config?: string;
  elevate?: string | true;
  reason?: string;
  administer?: AdminInput['action'];
  subject?: string;
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
    .option('--groups <names>', 'their groups, with commas; default: those of their tokens', list)
    .addOption(
      new Option('--kind <kind>', 'what they are; default: as their tokens say').choices(['human', 'service', 'agent']),
    )
    .addOption(new Option('--mode <mode>', "the session's").choices(['read', 'write']).default('read'))
    .option('--target <name>', 'where', 'shop')
    .option('--elevate [duration]', 'instead of a statement: a request to elevate, for so long')
    .option('--reason <text>', 'with --elevate: why')
    .addOption(new Option('--administer <action>', 'instead of a statement: this action').choices(ACTIONS))
    .option('--subject <user>', 'with --administer: whose elevation or token')
    .option('--at <time>', 'when (ISO 8601); default: now')
    .option('-c, --config <file>', "the gateway's configuration, for the target's catalogue and labels");
}

const ACTIONS = AdminInput.properties.action.anyOf.map(({ const: action }) => action);

export interface Prepared {
  entrypoint: EntrypointName;
  input: unknown;
  /** The facts, when the input was made of SQL. */
  facts: StatementFacts | null;
}

/** One input a statement of the text. Fails with words when the options do not make an input. What was assumed is said on standard error. */
export async function prepareInputs(
  sql: string | undefined,
  options: InputOptions,
  parts: PolicyCommandParts,
): Promise<Prepared[]> {
  const { elevate, administer } = options;
  if ([sql, options.file, options.input, elevate, administer].filter((one) => one !== undefined).length !== 1) {
    throw parts.fail(
      'Give one of these: a statement, --file FILE, --input FILE, --elevate, --administer ACTION.',
      USAGE,
    );
  }
  if (options.input !== undefined) {
    return [
      { entrypoint: options.entrypoint, input: await readInput(options.input, options.entrypoint, parts), facts: null },
    ];
  }
  if (sql !== undefined || options.file !== undefined) {
    if (!parts.facts) {
      const message = 'A statement needs a target whose catalogue can be read: give --config, or --input FILE.';
      throw parts.fail(message, USAGE);
    }
  }
  const now = options.at === undefined ? new Date() : new Date(options.at);
  if (Number.isNaN(now.getTime())) throw parts.fail(`--at takes an ISO 8601 time, not "${options.at}"`, USAGE);
  const about = await situation(options, now, parts);
  if (elevate !== undefined)
    return [{ entrypoint: 'elevation', input: elevationInput(options, about, parts), facts: null }];
  if (administer !== undefined) {
    const { version, principal, target, clock } = about;
    const input: AdminInput = {
      version,
      principal,
      action: administer,
      subject: options.subject ?? null,
      target,
      clock,
    };
    return [{ entrypoint: 'admin', input, facts: null }];
  }
  const file = sql === '-' ? '-' : options.file;
  const text = file === undefined ? (sql ?? '') : await readText(file, parts);
  const where = { config: options.config, target: options.target, mode: options.mode };
  const { labels, statements } = (await parts.facts?.(text, where)) ?? { labels: {}, statements: [] };
  if (statements.length === 0) throw parts.fail('There is no statement in that text.', USAGE);
  const target = { name: options.target, labels };
  return statements.map((statement) => {
    const input: StatementInput = {
      ...about,
      target,
      mode: options.mode,
      elevation: elevationOf(options, now),
      statement,
    };
    return { entrypoint: 'statement', input, facts: statement };
  });
}

type Situation = Pick<StatementInput, 'version' | 'principal' | 'target' | 'session' | 'clock'>;

/** Who asks, where and when: from the ledger and the configuration, or from options; what is known from neither is assumed, and said. */
async function situation(options: InputOptions, now: Date, parts: PolicyCommandParts): Promise<Situation> {
  const assumed: string[] = [];
  const world = (await parts.world?.(options.config)) ?? null;
  const known = (world?.people ?? []).filter(({ id, kind }) => id === options.as && (options.kind ?? kind) === kind);
  const [person] = known;
  if (known.length > 1 && options.groups === undefined)
    assumed.push(`${options.as} asks with the token of a ${person?.kind} (--kind)`);
  const kind = options.kind ?? person?.kind ?? 'human';
  const groups = options.groups ?? person?.groups ?? [];
  if (options.kind === undefined && !person) assumed.push(`${options.as} is a human (--kind)`);
  if (options.groups === undefined && !person) assumed.push(`${options.as} is in no group (--groups)`);
  const target = world?.targets.find(({ name }) => name === options.target);
  const labelsMatter = options.elevate !== undefined || options.administer !== undefined;
  if (!target && labelsMatter) assumed.push(`${options.target} has no labels, so that it is production (--config)`);
  if (options.at === undefined) assumed.push(`it is now (--at)`);
  if (assumed.length > 0) parts.err.write(`assumed: ${assumed.join('; ')}\n`);
  return {
    version: 1,
    principal: { id: options.as, email: person?.email ?? null, groups, kind, elevate: person?.elevate ?? MOST[kind] },
    target: target ?? { name: options.target, labels: {} },
    session: { id: 'policy-eval', via: 'tcp', application_name: 'sudoqld policy', client_address: '127.0.0.1' },
    clock: { ns: now.getTime() * 1_000_000, iso: now.toISOString() },
  };
}

/** How a token of each kind may elevate at most. */
const MOST = { human: 'in-band', service: 'connect', agent: 'none' } as const;

function elevationInput(
  { elevate, reason }: InputOptions,
  about: Situation,
  parts: PolicyCommandParts,
): ElevationRequestInput {
  const asked = typeof elevate === 'string' ? (parts.seconds?.(elevate) ?? null) : null;
  if (typeof elevate === 'string' && asked === null)
    throw parts.fail(`--elevate takes a duration such as 15m or "2 hours", not "${elevate}"`, USAGE);
  if (reason === undefined) throw parts.fail('An elevation has a reason: give --reason TEXT.', USAGE);
  const by = about.principal.elevate === 'connect' ? 'connect' : 'in-band';
  const asGood = { extends: null, break_glass: false, checks: {}, recent_elevations: 0, channels: [] };
  return { ...about, by, reason, requested_seconds: asked, ...asGood };
}

function elevationOf({ mode, reason }: InputOptions, now: Date): StatementInput['elevation'] {
  if (mode !== 'write') return null;
  return {
    id: 'policy-eval',
    reason: reason ?? 'policy eval',
    started_at: now.toISOString(),
    deadline: new Date(now.getTime() + 900_000).toISOString(),
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
