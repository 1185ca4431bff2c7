// The in-band commands: plain SQL texts that the gateway answers itself. Their grammar, in PostgreSQL's own words:
//
//   text   SELECT call [[AS] name] [LIMIT …] | SELECT * FROM call [[AS] name [(name)]] [LIMIT …] | SHOW parameter
//          and, as tools wrap a query, SELECT * FROM (text) [AS] name [LIMIT …]; comments and a last `;` as anywhere
//   call   sudo(reason [, time] [, 'transaction'] [, 'break-glass']) | unsudo() | sudo_status()
//          or with names: sudo(reason => …, duration => …, scope => 'transaction')
//   each argument a constant or a parameter, perhaps cast to a text type or to interval
//
// Nothing else may be in the text: whoever can put a call into somebody else's query cannot elevate with it.

/** An argument of a command: a literal, or a parameter of the extended protocol (1-based). `interval`: it was cast to one. */
export type CommandArgument = { literal: string | null } | { parameter: number; interval?: true };

export type InBandCommand =
  | {
      name: 'sudo';
      reason: CommandArgument;
      /** What follows the reason: a time, `'transaction'`, `'break-glass'`, in any order; which is which may only be known when they are bound. */
      options: readonly SudoOption[];
      column: string;
    }
  | { name: 'unsudo' | 'sudo_status'; column: string }
  /** `SHOW sudoql.mode` or `SHOW sudoql.write_until`; `parameter` is the full lower-case name. */
  | { name: 'show'; parameter: string };

/** Null as its role: what it says tells. */
export interface SudoOption {
  is: 'time' | 'scope' | null;
  value: CommandArgument;
}

/** Of an elevation that ends with the transaction. */
export const FOR_ONE_TRANSACTION = 'transaction';
/** Of one that does not wait for others to agree. */
export const BREAK_GLASS = 'break-glass';

/** The name of the one text column that a command's answer has. */
export function commandColumn(command: InBandCommand): string {
  return command.name === 'show' ? command.parameter : command.column;
}
