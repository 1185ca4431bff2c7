// Takes a policy into force for all gateways (`policy.source: database`): judged, then activation, record and notices in one transaction.
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Actor, EntryDraft } from '../../ledger/entry/entry.ts';
import type { Announce } from '../../notifier/announce.ts';
import type { NoticeEvent } from '../../notifier/notice.ts';
import type { Problem } from '../../policy/compiler/messages.ts';
import { describeRefusal, type Gated, type Refused } from '../../policy/gate/gate.ts';
import { plain } from '../../policy/plain-reasons.ts';
import { contentHashOf, type PolicyFiles, revisionOf } from '../../policy/source/policy-files.ts';
import {
  ACTIVATED_HERE,
  ACTIVATION_LOCK,
  type Activation,
  activationOf,
  filesIfWhole,
  type Revisions,
} from '../../policy/source/revisions.ts';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import { actorName } from '../revocation.ts';
import type { Flips } from './flips-gate.ts';
import { insertRequest, policyRequests, requestWithin, waitingFor, withdraw } from './requests/requests.ts';
import type { DescribeChange } from './describe-change.ts';

export interface ActivationRequest {
  /** Or what is wrong with them before they are any policy. */
  files: PolicyFiles | Problem[];
  actor: Actor;
  /** The revision that the author saw in force, or its first digits; when it is another one by now, nothing is activated. Undefined: whichever. */
  expected?: string | null | undefined;
  /** So many refusals of the last days are meant to be permissions. */
  opens?: number | undefined;
  /** Back to what was in force before: judged again, but its tests are not run, and flips are not counted. */
  rollback?: boolean;
  /** Others approved this request, whose files these are, to follow that activation. */
  approved?: { request: string; after: number };
}

export type ActivationResult =
  | { kind: 'activated'; revision: string; previous: string | null; summary: string; rights: string[] }
  /** It is in force already. */
  | { kind: 'unchanged'; revision: string }
  /** It waits for others' approval. */
  | { kind: 'requested'; request: string; revision: string; summary: string; rights: string[] }
  | { kind: 'refused'; revision: string | null; problem: string }
  /** Another activation came first. */
  | { kind: 'overtaken'; by: Activation | null };

/** One activation. Throws LedgerUnavailable when it cannot be recorded. */
export type Activate = (request: ActivationRequest) => Promise<ActivationResult>;

export interface ActivationDeps {
  announce: Announce;
  /** Channels of the security team. */
  channels: string[];
  revisions: Revisions;
  /** All gates before it is live; `tested`: without the policy's own tests. */
  judge(files: PolicyFiles, tested: boolean, before: PolicyFiles | null): Promise<Gated | Refused>;
  /** What recorded decisions say of it. `opens`: so many refusals are meant to be permissions. */
  flips?(judged: Gated, opens: number, before: PolicyFiles | null): Promise<Flips>;
  describe: DescribeChange;
  /** So many others approve before it is in force; 0: none need to. The very first policy has nobody who could. */
  approvals: {
    needed: number;
    pool: LedgerPool;
    difference(before: PolicyFiles, after: PolicyFiles): Promise<string[]>;
  };
  /** So that this process's own heartbeat looks at once. */
  hasten?: () => void;
}

export function makeActivate(deps: ActivationDeps): Activate {
  const { announce, channels, revisions, approvals } = deps;
  const filesOf = ({ revision, content }: Activation) =>
    filesIfWhole(revisions, content === null ? { revision } : { content });
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

  return async ({ files, actor, expected, opens = 0, rollback = false, approved }) => {
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
    if (approved && now?.seq !== approved.after) return overtaken(now);
    if (now && now.content === contentHashOf(files)) return { kind: 'unchanged', revision };
    const waits = now !== null && approvals.needed > 0 && !rollback && !approved;
    const before = now && (await filesOf(now));
    if (waits) {
      const same = await waitingFor(approvals.pool, contentHashOf(files), now);
      if (same) return { kind: 'requested', request: same.id, revision, summary: same.summary, rights: same.rights };
    }

    // Its tests passed when it was requested.
    // Beside what cannot be read, all is new.
    const judging = deps.judge(files, rollback || approved !== undefined, now && (before ?? new Map()));
    judging.catch(() => undefined);
    // Files alone decide nothing; but the other gateways see them now, and compile them meanwhile.
    const { content } = await revisions.store(files);
    const judged = await judging;
    if (!judged.ok) return refuse(revision, describeRefusal(judged.problems), actor);
    const flips = rollback ? null : await deps.flips?.(judged, opens, before);
    if (flips?.refused) return refuse(revision, flips.refused, actor);
    const { summary: changes, rights } = await deps.describe(before, judged);
    const summary = rollback ? `rolled back: ${changes}` : changes;
    const approvers = approved ? await approversOf(approvals.pool, approved.request) : [];
    try {
      if (waits) {
        const request = randomBytes(6).toString('hex');
        const difference = before ? bounded(await approvals.difference(before, files)) : [];
        const asked = { id: request, revision, content, after: now.seq, by: actor, summary, rights, difference };
        await record(
          { kind: 'policy_requested', request, revision, previous, actor, summary, rights },
          { event: 'policy.requested', request, revision, previous, summary, rights, by: actorName(actor) },
          async (client) => {
            await onlyAfter(client, now);
            await revisions.store(files, client);
            await withdraw(client, actor);
            await insertRequest(client, { ...asked, flips: flips?.told ?? [] });
          },
        );
        return { kind: 'requested', request, revision, summary, rights };
      }
      const ofRequest = approved ? { request: approved.request, approved_by: approvers } : {};
      const by = approved ? { approved_by: approvers } : {};
      await record(
        { kind: 'policy_activated', revision, previous, actor, summary, rights, ...ofRequest },
        { event: 'policy.activated', revision, previous, summary, rights, by: actorName(actor), ...by },
        async (client) => {
          await onlyAfter(client, now);
          if (approved) await onlyApproved(client, approved.request, approvals.needed);
          // Should it have been an old upload that was pruned meanwhile.
          await revisions.store(files, client);
          await client.query(
            'INSERT INTO policy_activation (revision, content, kind, actor, summary, rights, request) VALUES ($1, $2, $3, $4, $5, $6, $7)',
            [
              revision,
              content,
              rollback ? 'rolled_back' : 'activated',
              JSON.stringify(actor),
              summary,
              JSON.stringify(rights),
              approved?.request ?? null,
            ],
          );
          await client.query('NOTIFY sudoql');
        },
      );
    } catch (error) {
      if (error instanceof NotApproved) return refuse(revision, error.message, actor);
      if (!(error instanceof Overtaken)) throw error;
      return overtaken(error.by);
    }
    deps.hasten?.();
    return { kind: 'activated', revision, previous, summary, rights };
  };
}

function isNamed(revision: string | null, by: string | null): boolean {
  if (revision === null || by === null) return revision === by;
  return by.length >= 6 && revision.startsWith(by.toLowerCase());
}

/** Lines of a difference that are read in a request, and characters of each. */
const LINES = 1_000;
const CHARACTERS = 2_000;

/** What whoever approves reads: nothing in it that a terminal acts upon, and said where something is left out. */
function bounded(lines: readonly string[]): string[] {
  const shown = lines.slice(0, LINES).map((line) => plain(line, CHARACTERS));
  const more = lines.length - shown.length;
  return more > 0
    ? [...shown, `and ${more} more that are NOT shown here: compare the revisions by "sudoqld policy diff"`]
    : shown;
}

async function approversOf(pool: LedgerPool, request: string): Promise<string[]> {
  const [found] = await policyRequests(pool, request, 1);
  return found?.approved ?? [];
}

/** Counted once more where no answer comes between. */
async function onlyApproved(client: pg.ClientBase, id: string, needed: number): Promise<void> {
  const request = await requestWithin(client, id);
  const others = new Set(request?.approved.filter((one) => !isBy(request.by, one)));
  if (request?.state !== 'waiting' || others.size < needed)
    throw new NotApproved(`its request is ${request?.state ?? 'gone'}, approved by ${others.size} of ${needed}`);
}

const isBy = (by: Actor, principal: string): boolean => 'principal' in by && by.principal === principal;

class NotApproved extends Error {}

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
