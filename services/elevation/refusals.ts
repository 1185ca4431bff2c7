import type { Clock } from '../contract/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Announce } from '../notifier/announce.ts';
import type { ElevationRequest } from './elevations.ts';
import { ofSession, subject } from './of-session.ts';
import { presentable } from './reason.ts';
import type { Refusal } from './refusal.ts';

export interface Refusals {
  /** Records and announces. The refusal stands, whether or not that succeeds. */
  record(request: ElevationRequest, refusal: Refusal): Promise<void>;
}

/** One notice of the same principal, target and codes in this time: a loop fills the ledger, not the mailbox. */
const TELL_AGAIN_MS = 5 * 60_000;
const REMEMBERED = 1_000;

export interface OtherRefusals {
  tell(key: string): void;
  hear(told: (key: string) => void): void;
}

export function makeRefusals(deps: {
  ledger: Pick<Ledger, 'append'>;
  announce: Announce;
  clock: Clock;
  notify(target: string): string[];
  onUnrecorded(error: unknown): void;
  /** Other processes of this host, that people are told once for all. */
  others?: OtherRefusals;
}): Refusals {
  const told = new Map<string, number>();
  const remember = (key: string) => {
    told.delete(key);
    told.set(key, deps.clock.monotonic());
    for (const oldest of told.keys()) {
      if (told.size <= REMEMBERED) break;
      told.delete(oldest);
    }
  };
  deps.others?.hear(remember);
  const due = (request: ElevationRequest, refusal: Refusal): boolean => {
    if (!refusal.tell) return false;
    const { principal, target } = request.session;
    const key = JSON.stringify([principal.id, target.name, refusal.codes]);
    const now = deps.clock.monotonic();
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return false;
    remember(key);
    deps.others?.tell(key);
    return true;
  };
  return {
    async record(request, refusal) {
      const { session } = request;
      const reason = presentable(request.reason);
      const draft = {
        kind: 'elevation_refused',
        reason,
        codes: refusal.codes,
        ...(refusal.fault === undefined ? {} : { fault: refusal.fault }),
        revision: refusal.revision,
        decided: refusal.decided,
        ...ofSession(session),
      } as const;
      const channels = due(request, refusal) ? deps.notify(session.target.name) : [];
      try {
        const { codes, messages } = refusal;
        const event = { event: 'elevation.refused', reason, codes, messages, ...subject(session) } as const;
        await (channels.length === 0 ? deps.ledger.append(draft) : deps.announce(draft, { event, channels }));
      } catch (error) {
        deps.onUnrecorded(error);
      }
    },
  };
}
