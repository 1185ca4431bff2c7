// What the console's pages read beside what the API has: each by the function that the command line uses.
import { type ElevationAccount, elevationAccount } from '../../../ledger/read/elevation-account.ts';
import {
  type EntryPage,
  type EntrySearch,
  type FoundEntries,
  findEntries,
  recordedPrincipals,
} from '../../../ledger/read/find-entries.ts';
import type { LedgerPool } from '../../../ledger/ledger-pool.ts';
import { type OpenSession, openSessions, type SessionClient, sessionClient } from '../../../ledger/read/sessions.ts';
import { type WrittenSoFar, writtenSoFar } from '../../../ledger/read/written-so-far.ts';
import {
  listNotices,
  type NoticeDetail,
  type NoticeFilter,
  type NoticeRow,
  noticesOf,
  type Retried,
  retryNotice,
  showNotice,
} from '../../../notifier/board.ts';
import type { ChannelSettings } from '../../../notifier/channels/channel.ts';
import { type Tried, tryChannels } from '../../../notifier/try-channels.ts';

export interface ConsoleData {
  /** What elevations have committed so far. */
  written(elevations: readonly string[]): Promise<Map<string, WrittenSoFar>>;
  account(elevation: string): Promise<ElevationAccount>;
  entries(search: EntrySearch, page: EntryPage): Promise<FoundEntries>;
  principals(): Promise<string[]>;
  sessions(): Promise<OpenSession[]>;
  client(session: string): Promise<SessionClient | null>;
  notices: {
    list(filter: NoticeFilter): Promise<NoticeRow[]>;
    of(elevation: string): Promise<NoticeRow[]>;
    show(id: string): Promise<NoticeDetail | null>;
    retry(id: string): Promise<Retried>;
    /** By every channel. `by`: who asked for it. */
    test(by: string): Promise<Tried[]>;
  };
}

export function makeConsoleData(
  pool: Pick<LedgerPool, 'query'>,
  channels: Readonly<Record<string, ChannelSettings>>,
): ConsoleData {
  const outbox = {
    query: async (text: string, values?: unknown[]) => ({ rows: await pool.query<never>(text, values) }),
  };
  return {
    written: (elevations) => writtenSoFar(pool, elevations),
    account: (elevation) => elevationAccount(pool, elevation),
    entries: (search, page) => findEntries(pool, search, page),
    principals: () => recordedPrincipals(pool),
    sessions: () => openSessions(pool),
    client: (session) => sessionClient(pool, session),
    notices: {
      list: (filter) => listNotices(outbox, filter),
      of: (elevation) => noticesOf(outbox, elevation),
      show: (id) => showNotice(outbox, id),
      retry: (id) => retryNotice(outbox, id),
      test: (by) => tryChannels(channels, by),
    },
  };
}
