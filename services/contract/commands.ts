// The in-band commands: plain SQL texts that the gateway answers itself.

/** An argument of a command: a literal, or a parameter of the extended protocol (1-based). */
export type CommandArgument = { literal: string | null } | { parameter: number };

export type InBandCommand =
  | { name: 'sudo'; reason: CommandArgument; duration: CommandArgument | null }
  | { name: 'unsudo' }
  | { name: 'sudo_status' }
  /** `SHOW sudoql.mode` or `SHOW sudoql.write_until`; `parameter` is the full lower-case name. */
  | { name: 'show'; parameter: string };

/** The name of the one text column that a command's answer has. */
export function commandColumn(command: InBandCommand): string {
  return command.name === 'show' ? command.parameter : command.name;
}
