// Ends an elevation from outside: by somebody who may, by the link in a mail, by the operator.
import type { ElevationRecords } from '../ledger/elevation-records.ts';
import type { Actor } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NoticeEvent, Outbox } from '../notifier/notice.ts';

type Started = Extract<NoticeEvent, { event: 'elevation.started' }>;

/** False when it is not live (any more). Record, notices and the revocation that every gateway sees are one transaction. */
export type Revoke = (id: string, actor: Actor) => Promise<boolean>;

export interface RevocationDeps {
  records: ElevationRecords;
  outbox: Outbox;
  ledger: Pick<Ledger, 'head'>;
  /** So that this process's own sessions hear of it at once. */
  hasten?: () => void;
}

/** Those who were told of the start are told that it was revoked, and by whom. */
export function makeRevoke({ records, outbox, ledger, hasten }: RevocationDeps): Revoke {
  return async (id, actor) => {
    const revoked = await records.revoke(id, actor, async (client, record) => {
      const { rows } = await client.query<{ body: Started; channel: string }>(
        "SELECT body, channel FROM notice WHERE elevation = $1 AND body ->> 'event' = 'elevation.started'",
        [id],
      );
      const [told] = rows;
      if (!told || !ledger.head) throw new Error(`Nobody was told of the elevation ${id}, or the ledger has no head.`);
      const { session, principal, target, email, environment, client_address, application_name } = told.body;
      const subject = { session, principal, target, email, environment, client_address, application_name };
      await outbox.enqueue(
        client,
        { event: 'elevation.revoked', elevation: id, reason: record.reason, by: actorName(actor), ...subject },
        rows.map((row) => row.channel),
        ledger.head,
      );
    });
    hasten?.();
    return revoked;
  };
}

export function actorName(actor: Actor): string {
  return 'principal' in actor ? actor.principal : actor.operator;
}
