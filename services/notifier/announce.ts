// An entry and its notices: neither is there without the other.
import type pg from 'pg';
import type { EntryDraft, Recorded } from '../ledger/entry/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NoticeEvent, Outbox } from './notice.ts';

/** An event, and the channels that are told of it. */
export interface Telling {
  event: NoticeEvent;
  channels: string[];
}

/**
 * Records an entry and queues its notices, with the entry as their head, in one transaction. What must be true or written in
 * that transaction first is done by a function, which then says what is told; what it throws undoes all, and is thrown.
 * Throws LedgerUnavailable, and NobodyToTell where a start or an extension has no channel that is configured.
 */
export type Announce = (
  draft: EntryDraft,
  tell: Telling | ((client: pg.ClientBase) => Promise<Telling[]>),
) => Promise<Recorded>;

/** `gateway`: this process, which is named where an event is about no session. */
export function makeAnnounce({
  ledger,
  outbox,
  gateway,
}: {
  ledger: Pick<Ledger, 'transaction'>;
  outbox: Outbox;
  gateway?: string;
}): Announce {
  const named = (event: NoticeEvent): NoticeEvent =>
    gateway === undefined || 'session' in event ? event : { ...event, gateway };
  return (draft, tell) =>
    ledger.transaction([draft], async (client, [head]) => {
      if (!head) throw new Error('The ledger gave no place to the entry.');
      const tellings = typeof tell === 'function' ? await tell(client) : [tell];
      for (const { event, channels } of tellings) await outbox.enqueue(client, named(event), channels, head);
      return head;
    });
}
