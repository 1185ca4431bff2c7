// What one run was seen to do, from outside: by its clients, in the target, in the record, at the channels. `check.ts` judges it.
import type { Entry } from '../helpers/entries.ts';

/** What a client knows of rows that it sent: of each, whether the target must have it. */
export type Claim = 'there' | 'not_there' | 'unknown';

/** Something that a client asked for, and what it heard. Times are of `performance.now()`, in milliseconds. */
export interface Call {
  what: string;
  asked: number;
  /** Null: it was given up as one that hangs. */
  heard: number | null;
  /** `ok`, an SQLSTATE, or `lost` where the connection ended. */
  said: string;
}

/** An elevation as its client knows it, by its reason, which no other has. */
export interface Asked {
  reason: string;
  /** `sudo` was answered. */
  granted: boolean;
  /** When it was certainly over: given back, stopped, the client gone, its gateway killed. By any of these, the first. */
  over: number | null;
}

/** A span in which something was taken away. */
export interface Window {
  what: 'target' | 'ledger' | 'mail' | 'chat' | `stopped ${string}` | `killed ${string}`;
  from: number;
  to: number;
}

/** A writer's backend, as the target showed it. */
export interface Shown {
  /** Pid and start, as the record has them. */
  backend: string;
  from: number;
  last: number;
}

/** Rows that were in the target, and after that, marks whose intents were in the record. */
export interface Glimpse {
  when: string;
  rows: readonly string[];
  recorded: ReadonlySet<string>;
}

/** A message that a channel took. Times as above. */
export interface Delivered {
  at: number;
  /** `webhook-id`, or `Message-ID`. */
  id: string;
  body: string;
  event: string;
  /** Of a webhook: its elevations with their notices; of a mail, their ids alone, as far as its header has room for them. */
  elevations: readonly { elevation: string; notice: string | null }[];
}

export interface Observed {
  calls: readonly Call[];
  elevations: readonly Asked[];
  /** By mark. */
  claims: ReadonlyMap<string, Claim>;
  /** Marks in the target at the end, each with the reason of the elevation that its client was in. */
  rows: ReadonlyMap<string, string>;
  glimpses: readonly Glimpse[];
  /** Of this run's elevations and sessions. */
  entries: readonly Entry[];
  shown: readonly Shown[];
  windows: readonly Window[];
  webhooks: readonly Delivered[];
  mails: readonly Delivered[];
  /** Of the whole ledger. */
  broken: readonly string[];
  /** When everything that was taken away was back, and the load was over. */
  up: number;
  /** `performance.now()` as a time of day, in milliseconds since 1970. */
  epoch: number;
  /** What this machine took beyond what was asked of it, at most, in milliseconds: promises in time are given as much more. */
  slow: number;
}
