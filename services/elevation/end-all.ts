import type { Writable } from 'node:stream';
import type { ElevationRecord, ElevationRecords } from '../ledger/read/elevation-records.ts';
import type { Actor } from '../ledger/entry/entry.ts';

export interface EndAllDeps {
  records: Pick<ElevationRecords, 'list' | 'show'>;
  /** Records and announces one revocation; false when it is not live any more. */
  revoke(id: string, actor: Actor): Promise<boolean>;
}

export interface EndedAll {
  /** Revoked by this call, or before it and not yet over. */
  revoked: ElevationRecord[];
  /** Of these the end was not in the record within the time: their gateway may be gone, or the target out of reach. */
  notOver: ElevationRecord[];
}

const AT_ONCE = 8;
const LOOK_MS = 100;

/** Revokes every live elevation of every gateway, then waits at most `waitMs` until the record says that each is over. */
export async function endAll(deps: EndAllDeps, actor: Actor, waitMs = 10_000): Promise<EndedAll> {
  const live = await deps.records.list({ live: true, limit: 10_000 });
  const revoked: ElevationRecord[] = [];
  for (let from = 0; from < live.length; from += AT_ONCE) {
    await Promise.all(
      live.slice(from, from + AT_ONCE).map(async (record) => {
        if (await deps.revoke(record.id, actor)) revoked.push(record);
      }),
    );
  }
  const until = performance.now() + waitMs;
  let notOver = revoked;
  for (;;) {
    const records = await Promise.all(notOver.map(({ id }) => deps.records.show(id)));
    notOver = notOver.filter((_, at) => records[at]?.state === 'live');
    if (notOver.length === 0 || performance.now() >= until) return { revoked, notOver };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

export function printEndedAll({ revoked, notOver }: EndedAll, out: Writable): void {
  const say = (line: string) => out.write(`${line}\n`);
  if (revoked.length === 0) return void say('Nobody can write: there was no live elevation.');
  for (const { id, principal, target, reason } of revoked) {
    const over = !notOver.some((each) => each.id === id);
    say(`${over ? 'ended  ' : 'NOT YET'}  ${principal} on ${target}: ${reason} (${id})`);
  }
  if (notOver.length > 0)
    say(
      `${notOver.length} are revoked but not recorded as over: is their gateway up? sudoqld doctor and pg_stat_activity on the target show more.`,
    );
}
