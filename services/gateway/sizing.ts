// How large the parts are to be for a load: from figures that the bench takes (README.md, bench/README.md) and sizes that docs/ledger.md
// says. An estimate to begin with: /metrics says what it is.

export interface Load {
  /** At the busiest; writes are apart. */
  readsPerSecond: number;
  /** Statements in write mode. */
  writesPerSecond: number;
  protocol: Protocol;
  /** That are open at once, and how many of them are in write mode. */
  sessions: number;
  writers: number;
  /** So many hours a day it is as busy. */
  hours: number;
  /** Days that the record is kept. */
  days: number;
  replicas: number;
}

export const PROTOCOLS = ['simple', 'extended', 'prepared'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Size {
  /** Work at the busiest, in cores, of all gateways together. */
  gatewayCores: number;
  /** Of each replica, so that the others can do the work of one that is away: processes, one a core, and bytes. */
  processes: number;
  memory: number;
  ledgerCores: number;
  /** Bytes of the ledger's database. */
  ledgerPerMonth: number;
  ledgerKept: number;
  ledgerConnections: number;
  /** Of all sessions together; and the gateways' own to each target. */
  sessionConnections: number;
  ownConnections: number;
}

/** µs of the processor. */
export const CPU = {
  read: { simple: 336, extended: 189, prepared: 136 },
  write: 226,
  ledgerRead: 9,
  ledgerWrite: 317,
} as const;
/** Bytes in memory. */
export const MEMORY = { process: 341e6, supervisor: 130e6, session: 54 * 1_024 } as const;
/** Bytes in the ledger. `entry`: what a session's reads are gathered in, ten times a second at most. */
export const RECORD = { read: 20, entry: 1_000, write: 2_000, entriesPerSecond: 10 } as const;
/** A core that is busier than this makes statements wait. */
const BUSY = 0.6;
/** To the ledger: of a process, and of a replica for notices. To each target: of a process, to look and to end backends. */
const CONNECTIONS = { process: 10, notices: 15, target: 3 } as const;
const SECONDS_OF_HOUR = 3_600;
const DAYS_OF_MONTH = 30;

export function sizeFor(load: Load): Size {
  const { readsPerSecond: reads, writesPerSecond: writes, sessions, replicas } = load;
  const gatewayCores = (reads * CPU.read[load.protocol] + writes * CPU.write) / 1e6;
  const others = Math.max(1, replicas - 1);
  const processes = Math.max(1, Math.ceil(gatewayCores / BUSY / others));
  const supervisor = processes > 1 ? MEMORY.supervisor : 0;
  const entries = Math.min(reads, sessions * RECORD.entriesPerSecond);
  const perSecond = reads * RECORD.read + entries * RECORD.entry + writes * RECORD.write;
  const perDay = perSecond * load.hours * SECONDS_OF_HOUR;
  return {
    gatewayCores,
    processes,
    memory: processes * MEMORY.process + supervisor + Math.ceil(sessions / others) * MEMORY.session,
    ledgerCores: (reads * CPU.ledgerRead + writes * CPU.ledgerWrite) / 1e6 / BUSY,
    ledgerPerMonth: perDay * DAYS_OF_MONTH,
    ledgerKept: perDay * load.days,
    ledgerConnections: replicas * (processes * CONNECTIONS.process + CONNECTIONS.notices),
    sessionConnections: sessions + load.writers,
    ownConnections: replicas * processes * CONNECTIONS.target,
  };
}
