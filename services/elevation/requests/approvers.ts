// Who may answer a request now, of all whom the ledger knows: each is written to at their own address.
import { setImmediate } from 'node:timers/promises';
import type { Principal } from '../../contract/words.ts';
import type { WrittenTo } from '../../ledger/entry/entry.ts';
import { knownHumans } from '../../ledger/read/known-humans.ts';
import type { Telling } from '../../notifier/announce.ts';
import type { Asking } from '../../notifier/notice.ts';
import { PLAIN_ADDRESS } from '../../notifier/channels/mailbox.ts';
import type { RequestsDeps } from './deps.ts';
import { barred, folded, samePerson } from './floor.ts';
import { aboutRequest, evaluateAnswer } from './judging.ts';
import type { RequestRecord } from './requests.ts';

/** How people are written to at their own addresses. */
export interface OwnMail {
  /** An email channel: by its server, from its sender. */
  channel: string;
  /** Whom channels write to anyway. */
  readers(channels: readonly string[]): string[];
}

/** Where more may answer, all of them are a list, which a channel is for. */
const MOST = 50;
/** Decisions between two looks at what else there is to do. */
const AT_ONCE = 50;

export interface Approvers {
  told: WrittenTo;
  /** Each once, however it is written. */
  addresses: string[];
}

/**
 * Null where nobody is written to so. `channels`: those that are told as well. `since`: only who may now and might not when the
 * request was so many seconds old.
 */
export async function approversOf(
  deps: Pick<RequestsDeps, 'pool' | 'policy' | 'clock' | 'ownMail'>,
  record: RequestRecord,
  channels: readonly string[],
  since?: number,
): Promise<Approvers | null> {
  const { ownMail } = deps;
  if (!ownMail || record.confirm) return null;
  const about = aboutRequest(record, record.sets);
  const may = (who: Principal, age: number): boolean => {
    const { evaluated } = evaluateAnswer(deps, who, 'approve', { ...about, age_seconds: age });
    return evaluated.ok && evaluated.decision.allow && evaluated.decision.sets.length > 0;
  };
  const known = (await knownHumans(deps.pool)).filter(
    (who) =>
      barred(who, record.principal) === null && !record.approvals.some(({ principal }) => samePerson(principal, who)),
  );
  const found = new Map<string, string | null>();
  for (const [i, who] of known.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await setImmediate();
    // By another token, or another name, they may be known with an address.
    if (found.get(who.id) || !may(who, about.age_seconds) || (since !== undefined && may(who, since))) continue;
    found.set(who.id, who.email !== null && PLAIN_ADDRESS.test(who.email) ? who.email : null);
  }
  const people = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  if (people.length > MOST) return { told: { mailed: [], no_address: [], too_many: people.length }, addresses: [] };
  const read = new Set(ownMail.readers(channels).map(folded));
  const addressed = people.flatMap(([id, address]) =>
    address !== null && !read.has(folded(address)) ? [{ id, address }] : [],
  );
  return {
    told: {
      mailed: addressed.map(({ id }) => id),
      no_address: people.flatMap(([id, address]) => (address === null ? [id] : [])),
    },
    addresses: addressed
      .map(({ address }) => address)
      .filter((each, i, all) => all.findIndex((other) => folded(other) === folded(each)) === i),
  };
}

/** The channels, and each person by a mail of their own. */
export const tellings = (
  deps: Pick<RequestsDeps, 'ownMail'>,
  event: Asking,
  channels: string[],
  approvers: Approvers | null,
): Telling[] => [
  { event, channels },
  ...(approvers?.addresses ?? []).map((to) => ({
    event: { ...event, to },
    channels: deps.ownMail ? [deps.ownMail.channel] : [],
  })),
];
