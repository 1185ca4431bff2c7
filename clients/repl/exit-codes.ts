/** How the process ends; `--help` prints the texts. */
export const EXIT = {
  ok: 0,
  statement: 1,
  usage: 2,
  connection: 3,
  readMode: 4,
  refused: 5,
  elevation: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_TEXTS: [ExitCode, string][] = [
  [EXIT.ok, 'all went well'],
  [EXIT.statement, 'a statement failed; those behind it were not sent'],
  [EXIT.usage, 'wrong options, settings or input'],
  [EXIT.connection, 'no connection, or it was lost'],
  [EXIT.readMode, 'a statement writes and the session is in read mode: see --write'],
  [EXIT.refused, 'policy, or what no policy can allow, refused a statement'],
  [EXIT.elevation, 'write mode was asked for and refused'],
  [EXIT.interrupted, 'interrupted by Ctrl-C'],
];
