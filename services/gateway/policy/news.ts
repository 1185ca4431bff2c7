// What became of policy candidates, for the record and for the security team.
import type pg from 'pg';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import type { Announce } from '../../notifier/announce.ts';
import type { NoticeEvent } from '../../notifier/notice.ts';
import type { Gated } from '../../policy/gate/gate.ts';
import { filesIfWhole, type Revisions } from '../../policy/source/revisions.ts';
import type { DescribeChange } from './describe-change.ts';
import type { Log } from '../log.ts';

export interface PolicyNews {
  /** `previous`: what this process decided by before; null when it has just started. */
  activated(now: Gated, previous: Gated | null): void;
  refused(problem: string, revision: string | null): void;
  close(): void;
}

export interface PolicyNewsDeps {
  announce: Announce;
  /** Channels of the security team. */
  channels: string[];
  /** The revision that the record says was activated last, or null. */
  lastRecorded(): Promise<string | null>;
  /** For replay, `policy show` and comparison. */
  revisions: Pick<Revisions, 'files' | 'store'>;
  describe: DescribeChange;
  log: Pick<Log, 'warn'>;
  retryMs?: number;
}

/** Records and announces in order, and tries again while the ledger is out of reach. A start with the revision that was in force before is no news. */
export function makePolicyNews({
  announce,
  channels,
  lastRecorded,
  revisions,
  describe,
  log,
  retryMs = 2_000,
}: PolicyNewsDeps): PolicyNews {
  let queue: Promise<void> = Promise.resolve();
  let closed = false;
  const tell = (draft: EntryDraft, event: NoticeEvent, also?: (client: pg.ClientBase) => Promise<unknown>) =>
    announce(draft, async (client) => {
      await also?.(client);
      return [{ event, channels }];
    });
  const untilDone = async (act: () => Promise<unknown>): Promise<void> => {
    while (!closed) {
      try {
        await act();
        return;
      } catch (error) {
        log.warn({ err: error }, 'a change of policy could not be recorded yet');
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
  };
  const inTurn = (act: () => Promise<unknown>) => {
    queue = queue.then(() => untilDone(act));
  };
  return {
    activated: (now, previous) =>
      inTurn(async () => {
        const { revision } = now;
        const { content } = await revisions.store(now.files);
        const before = previous?.revision ?? (await lastRecorded());
        if (before === revision) return;
        // After a start: what the record has of it, if it still does.
        const was = previous ?? (before === null ? null : await filesIfWhole(revisions, { revision: before }));
        const { summary, rights } = await describe(was, now);
        await tell(
          { kind: 'policy_activated', revision, previous: before, actor: null, summary, rights },
          { event: 'policy.activated', revision, previous: before, summary, rights, by: null },
          (client) =>
            client.query('INSERT INTO policy_activation (revision, content, summary, rights) VALUES ($1, $2, $3, $4)', [
              revision,
              content,
              summary,
              JSON.stringify(rights),
            ]),
        );
      }),
    refused: (problem, revision) =>
      inTurn(() =>
        tell(
          { kind: 'policy_refused', revision, problem, actor: null },
          { event: 'policy.refused', revision, problem, by: null },
        ),
      ),
    close: () => {
      closed = true;
    },
  };
}
