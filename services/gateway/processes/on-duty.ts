// What one process of a host does for all of them: it sends notices, and says what became of a policy that all of them follow.
import { makeChannels } from '../../notifier/channels/channels.ts';
import type { Notifier } from '../../notifier/notifier.ts';
import type { PolicyNews } from '../policy/news.ts';
import type { Host } from './host.ts';

/** A notifier that works only where and while this process is on duty; `make` starts it. */
export function notifierOnDuty(host: Host, make: () => Notifier): Notifier {
  let own: Notifier | null = null;
  let closed = false;
  host.onDuty(() => {
    if (!closed) own = make();
  });
  host.hear('queued', ({ ms }) => own?.queued(ms));
  return {
    queued(dueInMs) {
      if (own) own.queued(dueInMs);
      else host.tellOthers('queued', { ms: dueInMs });
    },
    counts: () => own?.counts() ?? {},
    stats: async () => own?.stats() ?? { pending: 0, oldestPendingSeconds: 0, failing: [], dead: 0, channels: {} },
    renew(settings) {
      if (own) return own.renew(settings);
      // What cannot work is refused by each process alike.
      for (const channel of makeChannels(settings).values()) channel.close();
    },
    get problem() {
      return own?.problem ?? null;
    },
    async close() {
      closed = true;
      await own?.close();
    },
  };
}

type Activated = Parameters<PolicyNews['activated']>;
type RefusedCandidate = Parameters<PolicyNews['refused']>;

/** So long who is on duty has to record what all processes have found alike. */
const LATER_MS = 10_000;

/**
 * News that one process of a host tells: who is on duty at once; another only what is not in the record a while later, for it may have
 * found what the first has not, or the first may be gone. `wasTold`: whether that refusal is the last in the record.
 */
export function newsOnDuty(
  host: Host,
  news: PolicyNews,
  wasTold: (...refused: RefusedCandidate) => Promise<boolean>,
): PolicyNews {
  let onDuty = false;
  let pending: { activated?: Activated; refused?: RefusedCandidate } = {};
  let later: NodeJS.Timeout | undefined;

  const tellPending = (): void => {
    const { activated, refused } = pending;
    pending = {};
    if (activated) {
      const [now] = activated;
      // Without the one before: that is what the record says, unless it says that this one is in force.
      news.activated(now, null);
    }
    if (refused) {
      void wasTold(...refused).then(
        (told) => told || news.refused(...refused),
        () => news.refused(...refused),
      );
    }
  };
  const tellLater = (more: typeof pending) => {
    pending = more;
    clearTimeout(later);
    later = setTimeout(tellPending, LATER_MS).unref();
  };
  host.onDuty(() => {
    onDuty = true;
    clearTimeout(later);
    tellPending();
  });
  return {
    activated(...activated) {
      if (onDuty) news.activated(...activated);
      else tellLater({ activated });
    },
    refused(...refused) {
      if (onDuty) news.refused(...refused);
      else tellLater({ ...pending, refused });
    },
    close() {
      clearTimeout(later);
      news.close();
    },
  };
}
