// A way to the target: what a client of libpq has to be told to take it.
export type WayName = 'direct' | 'pgbouncer' | 'relay' | 'gateway';

export interface Way {
  name: WayName;
  /** Its port on 127.0.0.1. */
  port: number;
  /** Who may do what: `write` is in write mode from the start of the connection. */
  login(mode: Mode): Login;
}

export type Mode = 'read' | 'write';

export interface Login {
  user: string;
  password: string;
  /** As in PGOPTIONS. */
  options?: string;
}

export const DATABASE = 'shop';

/** The environment with which programs of libpq go that way. */
export function environment(way: Way, mode: Mode, tls = false): NodeJS.ProcessEnv {
  const { user, password, options } = way.login(mode);
  return {
    ...process.env,
    PGHOST: '127.0.0.1',
    PGPORT: String(way.port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: DATABASE,
    PGSSLMODE: tls ? 'require' : 'disable',
    PGGSSENCMODE: 'disable',
    PGOPTIONS: options ?? '',
  };
}
