// Ends an elevation from outside: by somebody who may, by the link in a mail, by the operator.
import type { ElevationRecords } from '../ledger/read/elevation-records.ts';
import type { Actor, Stopper } from '../ledger/entry/entry.ts';
import type { Announce } from '../notifier/announce.ts';
import type { NoticeEvent } from '../notifier/notice.ts';

type Started = Extract<NoticeEvent, { event: 'elevation.started' }>;

/** False when it is not live (any more). Record, notices and the revocation that every gateway sees are one transaction. */
export type Revoke = (id: string, stopper: Stopper) => Promise<boolean>;

export interface RevocationDeps {
  records: ElevationRecords;
  announce: Announce;
  /** So that this process's own sessions hear of it at once. */
  hasten?: () => void;
}

/** Those who were told of the start are told that it was revoked, and by whom. */
export function makeRevoke({ records, announce, hasten }: RevocationDeps): Revoke {
  return async (id, stopper) => {
    const revoked = await records.revoke(id, stopper, (draft, mark, { reason }) =>
      announce(draft, async (client) => {
        await mark(client);
        const { rows } = await client.query<{ body: Started; channel: string }>(
          "SELECT body, channel FROM notice WHERE elevation = $1 AND body ->> 'event' = 'elevation.started'",
          [id],
        );
        const [told] = rows;
        if (!told) throw new Error(`Nobody was told of the elevation ${id}.`);
        const { session, principal, target, email, environment, client_address, application_name } = told.body;
        const subject = { session, principal, target, email, environment, client_address, application_name };
        const said = { by: actorName(stopper), ...(stopper.why !== undefined && { why: stopper.why }) };
        const event = { event: 'elevation.revoked', elevation: id, reason, ...said, ...subject } as const;
        return [{ event, channels: rows.map((row) => row.channel) }];
      }),
    );
    hasten?.();
    return revoked;
  };
}

export function actorName(actor: Actor): string {
  return 'principal' in actor ? actor.principal : actor.operator;
}
