// Whatever a client can make its session hold, in one place: each kind is counted, and has an end. What is over is refused,
// for none of it can be put off: it has to be given back by the client.
import type { ClientError } from '../../contract/errors.ts';
import type { Portal, SessionState } from './state.ts';
import type { Prepared } from './names/prepared-statements.ts';

export interface Most {
  count: number;
  /** Of what comes from the client. */
  bytes: number;
}

interface Holding {
  /** As an error names it. */
  what: string;
  most: Most;
  now(session: SessionState): Most;
  hint: string;
}

const MIB = 1024 * 1024;

export const HOLDINGS = {
  statements: {
    what: 'prepared statements',
    most: { count: 5_000, bytes: 32 * MIB },
    now: ({ prepared }) => prepared,
    hint: 'Close or DEALLOCATE some.',
  },
  /** On a backend, where those stay that were closed while the session was on the other one. */
  parsed: {
    what: 'prepared statements on one server process',
    most: { count: 10_000, bytes: 64 * MIB },
    now: ({ backend }) => backend.parsed,
    hint: 'DEALLOCATE ALL.',
  },
  portals: {
    what: 'portals and cursors',
    most: { count: 5_000, bytes: 32 * MIB },
    now: ({ portals }) => portals,
    hint: 'Close some, or end the transaction.',
  },
  /** What each portal and cursor has given so far. */
  tallies: {
    what: 'cursors',
    most: { count: 10_000, bytes: 1 * MIB },
    now: ({ tallies }) => tallies,
    hint: 'End the transaction.',
  },
  /** Sent, with an outcome that is not final before the Sync. */
  runs: {
    what: 'statements without a Sync between them',
    most: { count: 100_000, bytes: Number.POSITIVE_INFINITY },
    now: ({ cycle }) => ({ count: cycle.size, bytes: 0 }),
    hint: 'Send a Sync now and then.',
  },
  /** What the open transaction has done in write mode, until it is known whether it stays. */
  account: {
    what: 'savepoints, tables and statements that leave something behind in one transaction',
    most: { count: 20_000, bytes: 32 * MIB },
    now: ({ cycle }) => cycle.account?.held ?? { count: 0, bytes: 0 },
    hint: 'Release some savepoints, or end the transaction.',
  },
} as const satisfies Record<string, Holding>;

export type Kind = keyof typeof HOLDINGS;

/** Why the session does not take one more of a kind, with as many bytes; null when it does. */
export function tooMany(session: SessionState, kind: Kind, bytes = 0, more = 1): ClientError | null {
  const { what, most, now, hint }: Holding = HOLDINGS[kind];
  const held = now(session);
  if (held.count + more <= most.count && held.bytes + bytes <= most.bytes) return null;
  const limit = held.count + more > most.count ? `${most.count}` : `${most.bytes / MIB} MiB of them`;
  return { code: 'limit_exceeded', message: `this session holds too many ${what}: the limit is ${limit}`, hint };
}

/** A map that knows how much it holds. */
export class Held<V> extends Map<string, V> {
  readonly #weigh: (value: V) => number;
  #bytes = 0;

  constructor(weigh: (value: V) => number) {
    super();
    this.#weigh = weigh;
  }

  get count(): number {
    return this.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  override set(name: string, value: V): this {
    const before = this.get(name);
    this.#bytes += this.#weigh(value) - (before === undefined ? 0 : this.#weigh(before));
    return super.set(name, value);
  }

  override delete(name: string): boolean {
    const before = this.get(name);
    if (before !== undefined) this.#bytes -= this.#weigh(before);
    return super.delete(name);
  }

  override clear(): void {
    this.#bytes = 0;
    super.clear();
  }
}

/** Types are held as they came, and read. A statement that is closed lives on in its portals. */
export const weightOfStatement = ({ text, types }: Pick<Prepared, 'text' | 'types'>): number =>
  text.length + 3 * types.length;

export const weightOfPortal = ({ text, prepared, values }: Portal): number =>
  values.reduce((sum, value) => sum + (value?.length ?? 0), prepared ? weightOfStatement(prepared) : text.length);

/** The most of a value bound to one of sudoql's own commands that is kept: none takes as much. */
export const LONGEST_ARGUMENT = 4_096;
