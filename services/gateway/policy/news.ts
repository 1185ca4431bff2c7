// What became of policy candidates, for the record and for the security team.
import type pg from 'pg';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import type { Announce } from '../../notifier/announce.ts';
import type { NoticeEvent } from '../../notifier/notice.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import type { Log } from '../log.ts';

export interface PolicyNews {
  activated(revision: string, previous: string | null, summary: string, files: PolicyFiles): void;
  refused(problem: string, revision: string | null): void;
  close(): void;
}

export interface PolicyNewsDeps {
  announce: Announce;
  /** Channels of the security team. */
  channels: string[];
  /** The revision that the record says was activated last, or null. */
  lastRecorded(): Promise<string | null>;
  /** Stores a revision's files, for replay, `policy show` and comparison. */
  store(files: PolicyFiles): Promise<{ content: string }>;
  log: Pick<Log, 'warn'>;
  retryMs?: number;
}

/** Records and announces in order, and tries again while the ledger is out of reach. A start with the revision that was in force before is no news. */
export function makePolicyNews({
  announce,
  channels,
  lastRecorded,
  store,
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
    activated: (revision, previous, summary, files) =>
      inTurn(async () => {
        const { content } = await store(files);
        const before = previous ?? (await lastRecorded());
        if (before === revision) return;
        await tell(
          { kind: 'policy_activated', revision, previous: before, actor: null, summary },
          { event: 'policy.activated', revision, previous: before, summary, by: null },
          (client) =>
            client.query('INSERT INTO policy_activation (revision, content, summary) VALUES ($1, $2, $3)', [
              revision,
              content,
              summary,
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
