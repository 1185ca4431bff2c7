// What a command gets from the world, and how it ends.
import { hostname, userInfo } from 'node:os';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { Actor } from '../../ledger/entry/entry.ts';
import { defaultConfigFile, loadConfig } from '../config/load.ts';
import type { Config } from '../config/configuration.ts';

export interface Io {
  out: Writable;
  err: Writable;
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal;
  /** Called by a command that ends in its own time when `signal` is aborted; others are ended. */
  endsByItself?: () => void;
  /** Called at each SIGHUP, by who takes one; other commands end. */
  onHangup?: (listener: () => void) => void;
  /** Columns of the terminal that is written to; undefined when it is none. */
  columns?: number | undefined;
  /** Where references to secrets are looked up, instead of the process's environment. */
  env?: Record<string, string | undefined>;
}

/** The exit codes of every command, as `--help` lists them. */
export const EXIT = {
  ok: 0,
  /** The command ran, and the answer is no: the chain is broken, doctor found something, there is no such token. */
  no: 1,
  usage: 2,
  /** A server that is needed does not answer. */
  unavailable: 69,
  fault: 70,
  config: 78,
} as const;

/** Ends the command with words for the operator and an exit code; no stack is shown. */
export class CommandFailed extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.no) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Adds `--config`. */
export function withConfig(command: Command): Command {
  return command.option('-c, --config <file>', 'configuration file', defaultConfigFile());
}

export function configOf(options: { config: string }, io: Io): Config {
  return loadConfig(options.config, io.env);
}

/** Who runs commands on the gateway's host, for the record. */
export function operator(): Actor {
  return { operator: nameOfOperator() };
}

export const nameOfOperator = (): string => `${userInfo().username}@${hostname()}`;

export function say(out: Writable, line = ''): void {
  out.write(`${line}\n`);
}
