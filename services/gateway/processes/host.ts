// What a gateway process shares with the others of its host. Where it is the only one (`processes: 1`), `aloneOnHost`; else
// `joinHost` (member.ts), by way of the supervisor (supervisor.ts).
import type { CompiledCache } from '../../policy/compiler/compiled-cache.ts';
import type { Readiness } from '../health/readiness.ts';
import { type Counts, makeCounts } from './counts.ts';
import type { Rates } from './rates.ts';
import type { MetricsJson } from './merged-metrics.ts';

/** What one process tells all others of its host. */
export interface News {
  /** A notice falls due in so many milliseconds. */
  queued: { ms: number };
  /** A cancel key for this session was wrong. */
  wrongKey: { processId: number };
  /** A bearer token from this network was wrong, or good (by its hash). */
  tokenFailed: { network: string };
  tokenGood: { key: string };
  /** People were told of a refusal like this one. */
  refusalTold: { key: string };
}

/** How a process of this host came to its end. */
export interface Ended {
  /** Its name in the record. */
  process: string;
  slot: number;
  /** In words: `signal SIGKILL`. Null when it was asked to end. */
  how: string | null;
}

export type HealthState = ReturnType<Readiness['state']>;

/** What is asked of this process by the others. */
export interface OfProcess {
  readiness(): HealthState;
  metrics: { text(): Promise<string>; json(): Promise<MetricsJson> };
  /** Cancels the session whose whole key this is; false when it is none of this process. */
  cancel(processId: number, secret: Buffer): Promise<boolean>;
}

export interface Host {
  /** Its number among the host's processes, from 1; null where it is the only one. */
  readonly slot: number | null;
  readonly counts: Counts;
  /** Null where there is nobody to count with. */
  readonly rates: Rates | null;
  /** Compiled policies that any process of the host may use, over what is kept on disk. */
  compiled(disk: CompiledCache): CompiledCache;
  /** One process of the host at a time does what has this name. */
  inTurn<T>(name: string, act: () => Promise<T>): Promise<T>;
  tellOthers<N extends keyof News>(what: N, news: News[N]): void;
  hear<N extends keyof News>(what: N, heard: (news: News[N]) => void): void;
  /** This process goes by that name in the record from now on. */
  named(process: string): void;
  /** What it answers when the others ask; before it serves. */
  answers(answers: OfProcess): void;
  /** It takes connections. */
  serves(): void;
  /** Calls back when this process does what one process of a host does for all: at once, later when the one that did is gone, or never. */
  onDuty(begin: () => void): void;
  /** Calls back when it is this process's turn to anchor the heads of other chains. */
  onAnchors(listener: () => void): void;
  /** Calls back when another process of this host has ended. */
  onEnded(listener: (ended: Ended) => void): void;
  /** A session's key that names this number is this process's. */
  ownsKeys(owner: number): void;
  /** Has another process of this host cancel the session whose whole key this is; false when none has it. */
  cancel(processId: number, secret: Buffer): Promise<boolean>;
  /** Of all processes as one. */
  readiness(): HealthState | Promise<HealthState>;
  metrics(): Promise<string>;
  /** When the host shuts down: resolves when no other process of it is left, for who is on duty; for the others at once. */
  others(): Promise<void>;
}

/** The only process of its host: everything is its own. */
export function aloneOnHost(): Host {
  const counts = makeCounts();
  let own: OfProcess | null = null;
  const here = () => {
    if (!own) throw new Error('the gateway is starting');
    return own;
  };
  return {
    slot: null,
    counts,
    rates: null,
    compiled: (disk) => disk,
    inTurn: (_, act) => act(),
    tellOthers: () => {},
    hear: () => {},
    named: () => {},
    answers: (answers) => {
      own = answers;
    },
    serves: () => {},
    onDuty: (begin) => begin(),
    onAnchors: () => {},
    onEnded: () => {},
    ownsKeys: () => {},
    cancel: async () => false,
    readiness: () => here().readiness(),
    metrics: () => here().metrics.text(),
    others: async () => {},
  };
}
