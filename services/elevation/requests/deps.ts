import type { Log } from '../../contract/log.ts';
import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { Announce } from '../../notifier/announce.ts';
import type { Checks } from '../checks/checks.ts';
import type { StandingLook } from '../standing.ts';
import type { OwnMail } from './approvers.ts';
import type { JudgingDeps } from './judging.ts';
import type { Confirming } from './requests.ts';

export interface RequestsDeps extends JudgingDeps {
  pool: Pick<LedgerPool, 'query'>;
  ledger: Pick<Ledger, 'keep' | 'queue'>;
  announce: Announce;
  heartbeat: Pick<Heartbeat, 'hear' | 'onLease'>;
  checks: Checks;
  /** Null where there is no console: nobody can confirm. */
  confirming?: Confirming | null;
  standing: StandingLook;
  /** Channels that the configuration names for the target. */
  notify(target: string): string[];
  /** Names of all configured channels, and of those of the security team. */
  channels: ReadonlySet<string>;
  security: readonly string[];
  /** Null, or left out, where nobody is written to at their own address. */
  ownMail?: OwnMail | null;
  log: Pick<Log, 'warn' | 'error'>;
}
