// `sudoqld`: every command, its words and its exit codes.
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/problem.ts';
import { LedgerUnavailable } from '../../ledger/ledger.ts';
import { noLogin } from '../../ledger/no-login.ts';
import { SchemaMismatch } from '../../ledger/schema/mismatch.ts';
import { NameTaken } from '../namesakes.ts';
import { UnfitTarget } from '../targets/proofs.ts';
import { VERSION } from '../version.ts';
import { CommandFailed, EXIT, type Io } from './io.ts';

const EXIT_CODES = `
Exit codes: 0 done; 1 the answer is no (a broken chain, a finding of doctor, nothing to revoke); 2 wrong usage;
69 a server does not answer; 70 a fault of sudoqld; 78 the configuration cannot be used.`;

type Register = (program: Command, io: Io, args: readonly string[]) => void | Promise<void>;

/** In the order of help. What a command does not need is not loaded: all of them together take most of a second. */
const REGISTER: Record<string, () => Promise<Register>> = {
  serve: async () => (await import('./serve.ts')).registerServe,
  'check-config': async () => (await import('./check-config.ts')).registerCheckConfig,
  sizing: async () => (await import('./sizing.ts')).registerSizing,
  migrate: async () => (await import('./migrate.ts')).registerMigrate,
  token: async () => (await import('./token.ts')).registerToken,
  principals: async () => (await import('./principals.ts')).registerPrincipals,
  ledger: async () => (await import('./ledger.ts')).registerLedger,
  notices: async () => (await import('./notices.ts')).registerNotices,
  end: async () => (await import('./end.ts')).registerEnd,
  requests: async () => (await import('./requests.ts')).registerRequests,
  'setup-target': async () => (await import('./setup-target.ts')).registerSetupTarget,
  doctor: async () => (await import('./doctor.ts')).registerDoctor,
  functions: async () => (await import('./functions.ts')).registerFunctions,
  policy: async () => (await import('./policy.ts')).registerPolicy,
};

/** The command that `args` begin with; without one every command. Parsing throws CommanderError instead of ending the process. */
export async function makeProgram(io: Io, args: readonly string[] = []): Promise<Command> {
  const program = new Command('sudoqld')
    .description('sudo for production SQL: the gateway, and what its operators need.')
    .version(VERSION)
    .addHelpText('after', EXIT_CODES)
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();
  const [name = ''] = args;
  const wanted = Object.hasOwn(REGISTER, name) ? [name] : Object.keys(REGISTER);
  for (const one of wanted) await (await REGISTER[one]?.())?.(program, io, args.slice(1));
  for (const command of program.commands) inherit(command, program);
  return program;
}

/** Runs a command line; resolves to the exit code. Never rejects. */
export async function runCommand(args: string[], io: Io): Promise<number> {
  try {
    await (await makeProgram(io, args)).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return explain(error, io);
  }
}

/** Subcommands do not take these over by themselves when they were made before. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
  for (const inner of command.commands) inherit(inner, program);
}

/** What says in words what to change before a start. */
const EXPLAINED = [ConfigError, UnfitTarget, SchemaMismatch, NameTaken];

/** Words for the operator, and the exit code. */
function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandFailed) {
    if (error.message) io.err.write(`${error.message}\n`);
    return error.exitCode;
  }
  if (EXPLAINED.some((kind) => error instanceof kind)) {
    io.err.write(`${(error as Error).message}\n`);
    return EXIT.config;
  }
  const refused = noLogin(error);
  if (refused !== null) {
    io.err.write(`${refused}\n`);
    return EXIT.config;
  }
  if (error instanceof LedgerUnavailable) {
    io.err.write(`${error.message}\n`);
    return EXIT.unavailable;
  }
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && UNREACHABLE.has(code)) {
    io.err.write(`The server does not answer: ${error instanceof Error ? error.message : code}\n`);
    return EXIT.unavailable;
  }
  io.err.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.fault;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  '57P03',
]);
