/** What parts say to the process's own log: as pino's, fields first. A part names what it uses of it: `Pick<Log, 'warn'>`. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
