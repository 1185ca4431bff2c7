// Takes a policy into force for all gateways (`policy.source: database`): judged, then activation, record and notices in one transaction.
import type pg from 'pg';
import type { Actor, EntryDraft } from '../../ledger/entry/entry.ts';
import type { Announce } from '../../notifier/announce.ts';
import type { NoticeEvent } from '../../notifier/notice.ts';
import type { Problem } from '../../policy/compiler/messages.ts';
import { describeRefusal, type Gated, type Refused } from '../../policy/gate/gate.ts';
import { readDataApart } from '../../policy/gate/judge.ts';
import { contentHashOf, type PolicyFiles, revisionOf } from '../../policy/source/policy-files.ts';
import {
  ACTIVATED_HERE,
  ACTIVATION_LOCK,
  type Activation,
  activationOf,
  type Revisions,
} from '../../policy/source/revisions.ts';
import { summarise } from '../../policy/differences/summary.ts';
import { actorName } from '../revocation.ts';

export interface ActivationRequest {
  /** Or what is wrong with them before they are any policy. */
  files: PolicyFiles | Problem[];
  actor: Actor;
  /** The revision that the author saw in force, or its first digits; when it is another one by now, nothing is activated. Undefined: whichever. */
  expected?: string | null | undefined;
  /** Back to what was in force before: judged again, but its tests are not run, and flips are not counted. */
  rollback?: boolean;
}

export type ActivationResult =
  | { kind: 'activated'; revision: string; previous: string | null; summary: string }
  /** It is in force already. */
  | { kind: 'unchanged'; revision: string }
  | { kind: 'refused'; revision: string | null; problem: string }
  /** Another activation came first. */
  | { kind: 'overtaken'; by: Activation | null };

/** One activation. Throws LedgerUnavailable when it cannot be recorded. */
export type Activate = (request: ActivationRequest) => Promise<ActivationResult>;

/** Of the processor, for reading once more what is in force. */
const READING_MS = 10_000;

export interface ActivationDeps {
  announce: Announce;
  /** Channels of the security team. */
  channels: string[];
  revisions: Revisions;
  /** All gates before it is live; `tested`: without the policy's own tests. */
  judge(files: PolicyFiles, tested: boolean): Promise<Gated | Refused>;
  /** What recorded decisions say against it, in words; null when nothing does. */
  flips?(files: PolicyFiles): Promise<string | null>;
  /** So that this process's own heartbeat looks at once. */
  hasten?: () => void;
}

export function makeActivate(deps: ActivationDeps): Activate {
  const { announce, channels, revisions } = deps;
  const record = (
    draft: EntryDraft,
    event: NoticeEvent,
    also: (client: pg.ClientBase) => Promise<void> = async () => {},
  ) =>
    announce(draft, async (client) => {
      await also(client);
      return [{ event, channels }];
    });
  const refuse = async (revision: string | null, problem: string, actor: Actor): Promise<ActivationResult> => {
    await record(
      { kind: 'policy_refused', revision, problem, actor },
      { event: 'policy.refused', revision, problem, by: actorName(actor) },
    );
    return { kind: 'refused', revision, problem };
  };

  return async ({ files, actor, expected, rollback = false }) => {
    if (Array.isArray(files)) return refuse(null, describeRefusal(files), actor);
    const revision = revisionOf(files);
    const overtaken = async (by: Activation | null): Promise<ActivationResult> => {
      const who = by?.by ? actorName(by.by) : 'a gateway';
      await refuse(
        revision,
        `${who} activated ${by?.revision ?? 'another policy'} meanwhile; nothing was changed.`,
        actor,
      );
      return { kind: 'overtaken', by };
    };
    const now = (await revisions.latest())?.now ?? null;
    const previous = now?.revision ?? null;
    if (expected !== undefined && !isNamed(previous, expected)) return overtaken(now);
    if (now && now.content === contentHashOf(files)) return { kind: 'unchanged', revision };

    const judging = deps.judge(files, rollback);
    judging.catch(() => undefined);
    // Files alone decide nothing; but the other gateways see them now, and compile them meanwhile.
    const { content } = await revisions.store(files);
    const judged = await judging;
    if (!judged.ok) return refuse(revision, describeRefusal(judged.problems), actor);
    const flips = rollback ? null : await deps.flips?.(files);
    if (flips) return refuse(revision, flips, actor);

    const before =
      now && (await revisions.files(now.content === null ? now : { content: now.content }).catch(() => null));
    const { data } = before ? await readDataApart(before, READING_MS) : { data: null };
    const changes = summarise(before, files, data ? { before: data, after: judged.data } : undefined);
    const summary = rollback ? `rolled back: ${changes}` : changes;
    try {
      await record(
        { kind: 'policy_activated', revision, previous, actor, summary },
        { event: 'policy.activated', revision, previous, summary, by: actorName(actor) },
        async (client) => {
          await onlyAfter(client, now);
          // Should it have been an old upload that was pruned meanwhile.
          await revisions.store(files, client);
          await client.query(
            'INSERT INTO policy_activation (revision, content, kind, actor, summary) VALUES ($1, $2, $3, $4, $5)',
            [revision, content, rollback ? 'rolled_back' : 'activated', JSON.stringify(actor), summary],
          );
          await client.query('NOTIFY sudoql');
        },
      );
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      return overtaken(error.by);
    }
    deps.hasten?.();
    return { kind: 'activated', revision, previous, summary };
  };
}

function isNamed(revision: string | null, by: string | null): boolean {
  if (revision === null || by === null) return revision === by;
  return by.length >= 6 && revision.startsWith(by.toLowerCase());
}

class Overtaken extends Error {
  readonly by: Activation | null;
  constructor(by: Activation | null) {
    super('Another activation came first.');
    this.by = by;
  }
}

/** Until the end of the transaction no other activation is committed; throws Overtaken when one was since `now` was read. */
export async function onlyAfter(client: pg.ClientBase, now: Activation | null): Promise<void> {
  await client.query(ACTIVATION_LOCK);
  const { rows } = await client.query(`${ACTIVATED_HERE} ORDER BY seq DESC LIMIT 1`);
  const last = rows[0] ? activationOf(rows[0]) : null;
  if ((last?.seq ?? null) !== (now?.seq ?? null)) throw new Overtaken(last);
}
